//! The flags that select objects of a collection, and the usual way from the command line to objects.

use crate::{
    client::Request,
    error::{Error, Result},
    flags::FileArgs,
    resource::{self, Info, Selection, Target},
    session::Session,
};

/// `-l`, `--field-selector` and `-A`.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct SelectionArgs {
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.
    #[arg(short = 'l', long)]
    pub selector: Option<String>,
    /// Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.
    #[arg(long)]
    pub field_selector: Option<String>,
    /// If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
}

impl SelectionArgs {
    pub fn selection(&self, chunk: i64) -> Selection {
        Selection {
            label_selector: self.selector.clone().unwrap_or_default(),
            field_selector: self.field_selector.clone().unwrap_or_default(),
            all_namespaces: self.all_namespaces,
            chunk,
        }
    }
}

/// Which objects a command changes: named, from files, selected, or `--all` of a type.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    pub words: &'a [String],
    pub files: Option<&'a FileArgs>,
    pub selection: Selection,
    /// Means nothing beside names.
    pub all: bool,
    /// Whether objects of files are read from the server again.
    pub latest: bool,
    /// Whether objects of files are taken as they are, without asking the server.
    pub local: bool,
}

/// What a command says when nothing was named at all.
pub const NO_RESOURCE: &str = "You must provide one or more resources by argument or filename.\nExample resource \
                               specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> \
                               <name>'\n   '<resource>'";

/// What a command says when a selector has nothing to select from.
pub const NOT_EVEN_A_TYPE: &str = "at least one resource must be specified to use a selector";

/// What a command says that is to select all, and by a selector.
pub const ALL_AND_SELECTOR: &str = "setting 'all' parameter but found a non empty selector. ";

/// What a command says that may ask no server and has nothing but names.
const LOCAL_RESOURCE: &str = "you must specify resources by --filename when --local is set.\nExample resource \
                              specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

impl Wanted<'_> {
    /// What the words name, none where files are given.
    pub async fn targets(&self, session: &Session) -> Result<Vec<Target>> {
        let selects = self.selection.selects();
        if self.local && !self.words.is_empty() {
            return Err(Error::message(LOCAL_RESOURCE));
        }
        let no_files = FileArgs::default();
        resource::refuse_mixture(self.words, self.files.unwrap_or(&no_files), selects)?;
        if self.files.is_some_and(|files| !files.is_empty()) {
            return Ok(Vec::new());
        }
        if self.words.is_empty() {
            return Err(Error::message(match selects {
                true => NOT_EVEN_A_TYPE,
                false => NO_RESOURCE,
            }));
        }
        let targets = resource::targets(session, self.words).await?;
        let named = targets.iter().any(|target| !target.name.is_empty());
        if !named && !selects && !self.all {
            return Err(Error::message(
                "resource(s) were provided, but no name was specified",
            ));
        }
        Ok(targets)
    }

    /// Finds the objects; faults of single objects come beside them.
    pub async fn find(&self, session: &Session) -> Result<(Vec<Info>, Vec<Error>)> {
        let (mut infos, mut errors) = (Vec::new(), Vec::new());
        for found in self.find_each(session).await? {
            match found {
                Ok(info) => infos.push(info),
                Err(error) => errors.push(error),
            }
        }
        Ok((infos, errors))
    }

    /// As [`Wanted::find`], each object or its fault in the place where it is named.
    pub async fn find_each(&self, session: &Session) -> Result<Vec<Result<Info>>> {
        let targets = self.targets(session).await?;
        if let Some(files) = self.files.filter(|files| !files.is_empty()) {
            return self.find_in_files(session, files).await;
        }
        let mut found = Vec::new();
        for target in targets {
            match target.infos(session, &self.selection).await {
                Ok(infos) => found.extend(infos.into_iter().map(Ok)),
                Err(error @ Error::Connection { .. }) => return Err(error),
                Err(error) => found.push(Err(error)),
            }
        }
        Ok(found)
    }

    /// As [`Wanted::find`], but what is read is a subresource of each object.
    pub async fn find_subresource(
        &self,
        session: &Session,
        subresource: &str,
    ) -> Result<(Vec<Info>, Vec<Error>)> {
        if self.local || self.files.is_some_and(|files| !files.is_empty()) {
            return self.find(session).await;
        }
        let client = session.client()?;
        let (mut infos, mut errors) = (Vec::new(), Vec::new());
        for target in resource::targets(session, self.words).await? {
            if target.name.is_empty() {
                return Err(Error::message(
                    "resource(s) were provided, but no name was specified",
                ));
            }
            let namespace = target.namespace(session, &self.selection)?;
            let path = target.mapping.path(&namespace, &target.name);
            let request = Request::get(format!("{path}/{subresource}"));
            match resource::fetch(client, request, &namespace).await {
                Ok(object) => infos.push(target.info(object)),
                Err(error @ Error::Connection { .. }) => return Err(error),
                Err(error) => errors.push(error),
            }
        }
        Ok((infos, errors))
    }

    async fn find_in_files(
        &self,
        session: &Session,
        files: &FileArgs,
    ) -> Result<Vec<Result<Info>>> {
        let loaded = match self.local {
            true => resource::local_files(files).await?,
            false => resource::from_files(session, files).await?,
        };
        let mut found: Vec<Result<Info>> = loaded.errors.into_iter().map(Err).collect();
        for mut info in loaded.infos {
            // What has no name is nowhere to be looked for.
            if self.latest && !self.local && !info.name.is_empty() {
                match info.fetch(session.client()?).await {
                    Ok(object) => info.refresh(object),
                    Err(error @ Error::Connection { .. }) => return Err(error),
                    Err(error) => {
                        found.push(Err(error));
                        continue;
                    }
                }
            }
            found.push(Ok(info));
        }
        Ok(found)
    }
}
