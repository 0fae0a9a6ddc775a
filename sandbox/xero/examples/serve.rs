//! Runs a local Xero until Ctrl-C: `cargo run -p tieout-sandbox-xero --example serve -- 4010`.

use tieout_sandbox_xero::{ServeOptions, WEB_CLIENT_ID, WEB_CLIENT_SECRET, serve};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    let running = serve(ServeOptions {
        port,
        ..ServeOptions::default()
    })
    .await?;
    println!("books         {}/", running.base_url);
    println!("client id     {WEB_CLIENT_ID}");
    println!("client secret {WEB_CLIENT_SECRET}");
    tokio::signal::ctrl_c().await?;
    running.shutdown().await;
    Ok(())
}
