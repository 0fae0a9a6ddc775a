//! What the server does with its files, as OpenSSH does it: no renaming over a file that is there.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::future::pending;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use russh_sftp::protocol::{
    Attrs, Data, File, FileAttributes, Handle, Name, OpenFlags, Packet, Status, StatusCode, Version,
};
use russh_sftp::server::{Handler, StatusReply};

use crate::faults::{Fault, Faults, Op};
use crate::server::Knife;

/// The files of one connection.
pub(crate) struct Files {
    root: PathBuf,
    faults: Arc<Faults>,
    knife: Knife,
    open: HashMap<String, Open>,
    count: u64,
}

enum Open {
    File(fs::File),
    Folder(Option<Vec<File>>),
}

/// Whether the answer is lost.
struct Then {
    is_cut: bool,
}

type Answer<T> = Result<T, StatusReply>;

impl Files {
    pub(crate) fn new(root: PathBuf, faults: Arc<Faults>, knife: Knife) -> Self {
        Self {
            root,
            faults,
            knife,
            open: HashMap::new(),
            count: 0,
        }
    }

    /// Lets happen what is planned for a request.
    async fn before(&self, op: Op) -> Answer<Then> {
        let mut then = Then { is_cut: false };
        if self.faults.is_down() {
            self.hang_up().await;
        }
        match self.faults.due(op) {
            None => {}
            Some(Fault::Cut) => self.hang_up().await,
            Some(Fault::Down) => {
                self.faults.go_down();
                self.hang_up().await;
            }
            Some(Fault::DoneAndCut) => then.is_cut = true,
            Some(Fault::DoneAndDown) => {
                self.faults.go_down();
                then.is_cut = true;
            }
            Some(Fault::Refuse(why)) => return Err(StatusCode::Failure.with_message(why)),
            Some(Fault::First(happens)) => happens(&self.root),
        }
        Ok(then)
    }

    async fn after<T>(&self, then: Then, done: Answer<T>) -> Answer<T> {
        if then.is_cut {
            self.hang_up().await;
        }
        done
    }

    async fn hang_up(&self) {
        self.knife.cut();
        pending::<()>().await;
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(normal(path).trim_start_matches('/'))
    }

    fn keep(&mut self, open: Open, id: u32) -> Handle {
        self.count += 1;
        let handle = self.count.to_string();
        self.open.insert(handle.clone(), open);
        Handle { id, handle }
    }

    fn file(&self, handle: &str) -> Answer<&fs::File> {
        match self.open.get(handle) {
            Some(Open::File(file)) => Ok(file),
            Some(Open::Folder(_)) | None => Err(StatusCode::Failure.with_message("no such handle")),
        }
    }
}

impl Handler for Files {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _: u32, _: HashMap<String, String>) -> Answer<Version> {
        let mut version = Version::new();
        version
            .extensions
            .insert("fsync@openssh.com".to_owned(), "1".to_owned());
        Ok(version)
    }

    async fn realpath(&mut self, id: u32, path: String) -> Answer<Name> {
        let files = vec![File::dummy(normal(&path))];
        Ok(Name { id, files })
    }

    async fn open(
        &mut self,
        id: u32,
        path: String,
        flags: OpenFlags,
        _: FileAttributes,
    ) -> Answer<Handle> {
        let then = self.before(Op::Open).await?;
        let opened = OpenOptions::from(flags)
            .open(self.path(&path))
            .map_err(|error| refused(&error));
        let opened = opened.map(|file| self.keep(Open::File(file), id));
        self.after(then, opened).await
    }

    async fn close(&mut self, id: u32, handle: String) -> Answer<Status> {
        let then = self.before(Op::Close).await?;
        self.open.remove(&handle);
        self.after(then, Ok(done(id))).await
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Answer<Data> {
        let then = self.before(Op::Read).await?;
        let mut data = vec![0; len as usize];
        let read = self
            .file(&handle)?
            .read_at(&mut data, offset)
            .map_err(|error| refused(&error));
        let read = read.and_then(|read| match read {
            0 => Err(StatusCode::Eof.into()),
            read => {
                data.truncate(read);
                Ok(Data { id, data })
            }
        });
        self.after(then, read).await
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Answer<Status> {
        let then = self.before(Op::Write).await?;
        if !self.faults.take_room(data.len() as u64) {
            return Err(StatusCode::Failure.with_message("No space left on device"));
        }
        let written = self
            .file(&handle)?
            .write_all_at(&data, offset)
            .map_err(|error| refused(&error));
        self.after(then, written.map(|()| done(id))).await
    }

    async fn lstat(&mut self, id: u32, path: String) -> Answer<Attrs> {
        let then = self.before(Op::Look).await?;
        let told = fs::symlink_metadata(self.path(&path)).map_err(|error| refused(&error));
        let told = told.map(|metadata| Attrs {
            id,
            attrs: (&metadata).into(),
        });
        self.after(then, told).await
    }

    async fn stat(&mut self, id: u32, path: String) -> Answer<Attrs> {
        let told = fs::metadata(self.path(&path)).map_err(|error| refused(&error));
        told.map(|metadata| Attrs {
            id,
            attrs: (&metadata).into(),
        })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Answer<Attrs> {
        let told = self
            .file(&handle)?
            .metadata()
            .map_err(|error| refused(&error));
        told.map(|metadata| Attrs {
            id,
            attrs: (&metadata).into(),
        })
    }

    async fn opendir(&mut self, id: u32, path: String) -> Answer<Handle> {
        let then = self.before(Op::List).await?;
        let listed = || -> io::Result<Vec<File>> {
            let mut files = vec![File::dummy("."), File::dummy("..")];
            for item in fs::read_dir(self.path(&path))? {
                let item = item?;
                let attributes = FileAttributes::from(&fs::symlink_metadata(item.path())?);
                files.push(File::new(item.file_name().to_string_lossy(), attributes));
            }
            let mut regular = FileAttributes::empty();
            regular.set_regular(true);
            let lies = self.faults.lies().into_iter();
            files.extend(lies.map(|name| File::new(name, regular.clone())));
            Ok(files)
        };
        let listed = listed().map_err(|error| refused(&error));
        let opened = listed.map(|files| self.keep(Open::Folder(Some(files)), id));
        self.after(then, opened).await
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Answer<Name> {
        match self.open.get_mut(&handle) {
            Some(Open::Folder(files)) => match files.take() {
                Some(files) => Ok(Name { id, files }),
                None => Err(StatusCode::Eof.into()),
            },
            Some(Open::File(_)) | None => Err(StatusCode::Failure.into()),
        }
    }

    async fn mkdir(&mut self, id: u32, path: String, _: FileAttributes) -> Answer<Status> {
        fs::create_dir(self.path(&path))
            .map(|()| done(id))
            .map_err(|error| refused(&error))
    }

    async fn remove(&mut self, id: u32, path: String) -> Answer<Status> {
        let then = self.before(Op::Remove).await?;
        let removed = fs::remove_file(self.path(&path))
            .map(|()| done(id))
            .map_err(|error| refused(&error));
        self.after(then, removed).await
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Answer<Status> {
        let then = self.before(Op::Rename).await?;
        let (from, to) = (self.path(&from), self.path(&to));
        if fs::symlink_metadata(&to).is_ok() {
            return Err(StatusCode::Failure.into());
        }
        let renamed = fs::rename(from, to)
            .map(|()| done(id))
            .map_err(|error| refused(&error));
        self.after(then, renamed).await
    }

    async fn extended(&mut self, id: u32, request: String, _: Vec<u8>) -> Answer<Packet> {
        if request != "fsync@openssh.com" {
            return Err(StatusCode::OpUnsupported.into());
        }
        let then = self.before(Op::Sync).await?;
        self.after(then, Ok(Packet::Status(done(id)))).await
    }
}

fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: "Ok".to_owned(),
        language_tag: "en".to_owned(),
    }
}

fn refused(error: &io::Error) -> StatusReply {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => StatusCode::NoSuchFile.into(),
        ErrorKind::PermissionDenied => StatusCode::PermissionDenied.into(),
        // OpenSSH says no more than this.
        _ => StatusCode::Failure.into(),
    }
}

/// A path from the root, without detours; whoever comes in stands at the root.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
