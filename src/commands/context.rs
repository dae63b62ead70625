//! What every command needs of the world: the streams, the environment, the catalogs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::catalog::{Catalog, CatalogError, Folder, Provider};
use crate::console::Console;
use crate::error::Error;

/// The world, gathered once.
#[derive(Debug)]
pub struct Context {
    /// The streams.
    pub console: Console,
    /// The user's own catalogs, as given on the command line.
    pub catalogs: Vec<PathBuf>,
    /// Reads an environment variable.
    pub var: fn(&str) -> Option<String>,
}

impl Context {
    /// The built-in catalog and the user's own, which come later and so win.
    pub fn catalog(&self) -> Result<Catalog, Error> {
        let mut catalog = Catalog::built_in()?;
        let mut folders = Vec::new();
        for place in self.places() {
            folders.extend(read_place(&place)?);
        }
        let own: Vec<String> = folders.iter().map(|folder| folder.id.clone()).collect();
        catalog.add(folders)?;
        let mut own = catalog.providers.iter().filter(|provider| own.contains(&provider.id));
        own.try_for_each(Provider::check)?;
        Ok(catalog)
    }

    /// Where deliveries are kept: as given, else as `HOOKPROOF_JOURNAL` says, else in the user's state directory. An
    /// empty name means nowhere.
    pub fn journal(&self, given: Option<&Path>) -> Result<Option<PathBuf>, Error> {
        let named = given.map(Path::to_path_buf).or_else(|| (self.var)("HOOKPROOF_JOURNAL").map(PathBuf::from));
        if let Some(path) = named {
            return Ok(Some(path).filter(|path| !path.as_os_str().is_empty()));
        }
        let base = etcetera::choose_base_strategy().map_err(|cause| Error::Untestable {
            message: format!("there is no place for a journal: {cause}"),
            hint: Some("--journal FILE names one".to_string()),
        })?;
        // Windows has no directory for state; what is local and not the user's own work is nearest.
        let state = base.state_dir().unwrap_or_else(|| base.cache_dir());
        Ok(Some(state.join("hookproof").join("journal.jsonl")))
    }

    /// The configuration directory where it has one, then the variable's, then the flags'.
    fn places(&self) -> Vec<PathBuf> {
        let configured = etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("hookproof/catalog"));
        let mut places: Vec<PathBuf> = configured.filter(|folder| folder.is_dir()).into_iter().collect();
        let variable = (self.var)("HOOKPROOF_CATALOG").filter(|value| !value.is_empty());
        places.extend(variable.iter().flat_map(std::env::split_paths));
        places.extend(self.catalogs.iter().cloned());
        places
    }
}

/// A folder of providers, or a single provider's.
fn read_place(place: &Path) -> Result<Vec<Folder>, Error> {
    if place.join("provider.toml").is_file() {
        return Ok(vec![read_folder(place)?]);
    }
    let mut folders = Vec::new();
    for path in list(place)? {
        if path.join("provider.toml").is_file() {
            folders.push(read_folder(&path)?);
        }
    }
    if folders.is_empty() {
        return Err(CatalogError {
            file: place.display().to_string(),
            line: None,
            what: "no provider is in this folder; expected PROVIDER/provider.toml".to_string(),
        }
        .into());
    }
    Ok(folders)
}

fn read_folder(path: &Path) -> Result<Folder, Error> {
    let full = path.canonicalize().map_err(|cause| Error::Read { path: path.to_path_buf(), cause })?;
    let id = full.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut files = BTreeMap::new();
    for file in list(path)? {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name == "provider.toml"
            || file.extension().is_some_and(|extension| extension == "json" || extension == "form")
        {
            let text = fs::read_to_string(&file).map_err(|cause| Error::Read { path: file.clone(), cause })?;
            files.insert(name, text);
        }
    }
    Ok(Folder { id, shown: path.display().to_string(), files })
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let fail = |cause| Error::Read { path: folder.to_path_buf(), cause };
    let entries = fs::read_dir(folder).map_err(fail)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(fail)?;
    paths.sort();
    Ok(paths)
}
