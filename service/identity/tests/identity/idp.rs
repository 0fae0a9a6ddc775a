//! A small faithful identity provider: discovery, keys, sign-in, code exchange and userinfo, with faults on demand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use aws_lc_rs::{digest, hmac, rand, rsa};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use serde_json::{Map, Value, json};
use tieout_core::clock::Clock;
use tieout_core::transport::{Transport, TransportError};
use url::{Url, form_urlencoded};

use crate::support::HandClock;

pub(crate) const ISSUER: &str = "https://id.acme.test";
pub(crate) const CLIENT: &str = "tieout client";
pub(crate) const SECRET: &str = "s3cret/+&";

/// What signs tokens.
pub(crate) enum Signer {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
    Ps256(RsaKeyPair),
    Ed(Ed25519KeyPair),
    /// A secret that anybody can read: the public key itself.
    Hs256(Vec<u8>),
    None,
}

impl Signer {
    pub(crate) fn es256() -> Self {
        Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }
    pub(crate) fn rs256() -> Self {
        Self::Rs256(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap())
    }
    pub(crate) fn ps256() -> Self {
        Self::Ps256(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap())
    }
    pub(crate) fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().unwrap())
    }

    fn alg(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::Rs256(_) => "RS256",
            Self::Ps256(_) => "PS256",
            Self::Ed(_) => "EdDSA",
            Self::Hs256(_) => "HS256",
            Self::None => "none",
        }
    }

    /// The public half as it is published.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (b64(&point[1..33]), b64(&point[33..]));
                json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": x, "y": y })
            }
            Self::Rs256(pair) | Self::Ps256(pair) => {
                let public = pair.public_key();
                let n = b64(public.modulus().big_endian_without_leading_zero());
                let e = b64(public.exponent().big_endian_without_leading_zero());
                json!({ "kty": "RSA", "kid": kid, "alg": self.alg(), "n": n, "e": e })
            }
            Self::Ed(pair) => {
                let x = b64(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x })
            }
            Self::Hs256(_) | Self::None => Value::Null,
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = rand::SystemRandom::new();
        let by_rsa = |pair: &RsaKeyPair, padding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &random, message, &mut signature)
                .unwrap();
            signature
        };
        match self {
            Self::Es256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rs256(pair) => by_rsa(pair, &RSA_PKCS1_SHA256),
            Self::Ps256(pair) => by_rsa(pair, &RSA_PSS_SHA256),
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Hs256(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message).as_ref().to_vec()
            }
            Self::None => Vec::new(),
        }
    }
}

/// How the claims and the header of a token are changed before it is signed.
type Bend = Box<dyn Fn(&mut Value, &mut Map<String, Value>) + Send>;

pub(crate) struct State {
    pub(crate) signer: Signer,
    /// The key that signs, as tokens name it.
    pub(crate) kid: Option<String>,
    /// What is published.
    pub(crate) jwks: Value,
    pub(crate) metadata: Value,
    pub(crate) bend: Option<Bend>,
    /// What userinfo says more than the ID token; it has no endpoint for that without.
    pub(crate) userinfo: Option<Map<String, Value>>,
    /// Status that everything is answered with.
    pub(crate) broken: Option<StatusCode>,
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Value>,
    pub(crate) asked: Vec<String>,
}

struct Code {
    challenge: String,
    redirect: String,
    nonce: String,
    claims: Map<String, Value>,
}

/// The provider.
pub(crate) struct Idp {
    clock: Arc<HandClock>,
    state: Mutex<State>,
}

impl Idp {
    pub(crate) fn new(clock: Arc<HandClock>) -> Self {
        let signer = Signer::es256();
        let jwks = json!({ "keys": [signer.jwk("k1")] });
        let metadata = json!({
            "issuer": ISSUER,
            "authorization_endpoint": format!("{ISSUER}/authorize"),
            "token_endpoint": format!("{ISSUER}/token"),
            "jwks_uri": format!("{ISSUER}/keys"),
            "response_types_supported": ["code"],
            "authorization_response_iss_parameter_supported": true,
        });
        let state = State {
            signer,
            kid: Some("k1".to_owned()),
            jwks,
            metadata,
            bend: None,
            userinfo: None,
            broken: None,
            codes: HashMap::new(),
            tokens: HashMap::new(),
            asked: Vec::new(),
        };
        Self {
            clock,
            state: Mutex::new(state),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Signs with another key from now on; `publish` tells it.
    pub(crate) fn rotate(&self, signer: Signer, kid: &str, publish: bool) {
        let mut state = self.state();
        if publish {
            let key = signer.jwk(kid);
            state.jwks["keys"].as_array_mut().unwrap().push(key);
        }
        state.signer = signer;
        state.kid = Some(kid.to_owned());
    }

    pub(crate) fn bend(&self, bend: impl Fn(&mut Value, &mut Map<String, Value>) + Send + 'static) {
        self.state().bend = Some(Box::new(bend));
    }

    /// How often an address was asked.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let state = self.state();
        state.asked.iter().filter(|it| *it == path).count()
    }

    /// What the browser of somebody with this account comes back with.
    pub(crate) fn visit(&self, address: &Url, claims: &Value) -> String {
        let asked: HashMap<String, String> = address.query_pairs().into_owned().collect();
        assert!(
            address
                .as_str()
                .starts_with(&format!("{ISSUER}/authorize?"))
        );
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        let mut state = self.state();
        let code = format!("code-{}", state.codes.len());
        let issued = Code {
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
            nonce: asked["nonce"].clone(),
            claims: claims.as_object().unwrap().clone(),
        };
        state.codes.insert(code.clone(), issued);
        form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &asked["state"])
            .append_pair("iss", ISSUER)
            .finish()
    }

    fn token(&self, request: &Request<Bytes>) -> (StatusCode, Value) {
        let refuse = |word: &str| (StatusCode::BAD_REQUEST, json!({ "error": word }));
        let form: HashMap<String, String> = form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        let mut state = self.state();
        if !authenticated(request, &form, &state.metadata) {
            return (
                StatusCode::UNAUTHORIZED,
                json!({ "error": "invalid_client" }),
            );
        }
        if form.get("grant_type").map(String::as_str) != Some("authorization_code") {
            return refuse("unsupported_grant_type");
        }
        let Some(code) = state.codes.remove(&form["code"]) else {
            return refuse("invalid_grant");
        };
        let hash = digest::digest(&digest::SHA256, form["code_verifier"].as_bytes());
        if URL_SAFE_NO_PAD.encode(hash) != code.challenge || form["redirect_uri"] != code.redirect {
            return refuse("invalid_grant");
        }
        let now = self.clock.now().timestamp();
        let mut claims = json!({
            "iss": ISSUER, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": code.nonce,
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(code.claims);
        let access = format!("access-{}", state.tokens.len());
        let subject = claims.get("sub").cloned().unwrap_or_default();
        state.tokens.insert(access.clone(), subject);
        let mut header = json!({ "alg": state.signer.alg(), "typ": "JWT" });
        if let Some(kid) = &state.kid {
            header["kid"] = json!(kid);
        }
        if let Some(bend) = &state.bend {
            bend(&mut header, claims);
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&Value::Object(claims.clone())));
        let signature = URL_SAFE_NO_PAD.encode(state.signer.sign(signed.as_bytes()));
        let reply = json!({
            "access_token": access, "token_type": "Bearer", "expires_in": 300,
            "id_token": format!("{signed}.{signature}"),
        });
        (StatusCode::OK, reply)
    }

    fn userinfo(&self, request: &Request<Bytes>) -> (StatusCode, Value) {
        let state = self.state();
        let bearer = request.headers()[header::AUTHORIZATION].to_str().unwrap();
        let token = bearer.strip_prefix("Bearer ").unwrap();
        match (state.tokens.get(token), &state.userinfo) {
            (Some(subject), Some(more)) => {
                let mut told = json!({ "sub": subject });
                told.as_object_mut().unwrap().extend(more.clone());
                (StatusCode::OK, told)
            }
            _ => (StatusCode::UNAUTHORIZED, Value::Null),
        }
    }
}

fn authenticated(
    request: &Request<Bytes>,
    form: &HashMap<String, String>,
    metadata: &Value,
) -> bool {
    if metadata
        .get("token_endpoint_auth_methods_supported")
        .is_some()
    {
        return form.get("client_id").map(String::as_str) == Some(CLIENT)
            && form.get("client_secret").map(String::as_str) == Some(SECRET);
    }
    // RFC 6749, 2.3.1: both are written like a form before they are put together.
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(CLIENT), encode(SECRET));
    let expected = format!("Basic {}", STANDARD.encode(pair));
    let told = request.headers().get(header::AUTHORIZATION);
    told.is_some_and(|told| told.as_bytes() == expected.as_bytes())
}

#[async_trait]
impl Transport for Idp {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        assert_eq!(
            request.uri().host(),
            Some("id.acme.test"),
            "nobody else is asked"
        );
        let path = request.uri().path().to_owned();
        self.state().asked.push(path.clone());
        let broken = self.state().broken;
        let (status, body) = match (broken, path.as_str()) {
            (Some(status), _) => (status, json!({ "error": "broken" })),
            (None, "/.well-known/openid-configuration") => {
                (StatusCode::OK, self.state().metadata.clone())
            }
            (None, "/keys") => (StatusCode::OK, self.state().jwks.clone()),
            (None, "/token") => self.token(&request),
            (None, "/userinfo") => self.userinfo(&request),
            (None, _) => (StatusCode::NOT_FOUND, Value::Null),
        };
        let mut reply = Response::new(Bytes::from(body.to_string()));
        *reply.status_mut() = status;
        let json = header::HeaderValue::from_static("application/json");
        reply.headers_mut().insert(header::CONTENT_TYPE, json);
        Ok(reply)
    }
}
