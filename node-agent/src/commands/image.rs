//! `knarr image`: images of this machine's node, for where there is no registry.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use knarr_runtime::image;

use crate::Place;
use crate::options::{DATA_DIR, require_root};

/// Load, list and remove this node's images
#[derive(Args, Clone, Debug)]
pub struct ImageArgs {
    /// The folder that holds the node's images
    #[arg(
        long,
        global = true,
        default_value = DATA_DIR,
        value_name = "DIR"
    )]
    data_dir: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Load the images of an OCI or docker archive
    Import { file: PathBuf },
    /// List the images
    List,
    /// Take a name away from an image; with the last name, or by its ID, the image is removed
    Remove { image: String },
}

/// Runs the command; prints what it did.
pub async fn run(args: ImageArgs) -> anyhow::Result<()> {
    require_root("the images of a node")?;
    let root = Place::new(&args.data_dir).runtime_root();
    match args.command {
        Command::Import { file } => {
            for image in image::import(&root, &file).await? {
                for name in names(&image) {
                    println!("imported {name}");
                }
            }
        }
        Command::List => {
            println!("{:<64} {:<14} SIZE", "IMAGE", "ID");
            for image in image::list(&root)? {
                let id = image
                    .id
                    .trim_start_matches("sha256:")
                    .chars()
                    .take(12)
                    .collect::<String>();
                for name in names(&image) {
                    println!("{name:<64} {id:<14} {:.1} MB", image.size as f64 / 1e6);
                }
            }
        }
        Command::Remove { image } => {
            anyhow::ensure!(
                image::remove_name(&root, &image)?,
                "there is no image {image:?}"
            );
            println!("removed {image}");
        }
    }
    Ok(())
}

/// The image's tags; of one that has none, what else it is called.
fn names(image: &knarr_runtime::Image) -> &[String] {
    let lists = [&image.repo_tags, &image.repo_digests];
    lists
        .into_iter()
        .find(|names| !names.is_empty())
        .map_or(std::slice::from_ref(&image.id), Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_is_a_name() {
        let mut image = knarr_runtime::Image {
            id: "sha256:1".into(),
            ..Default::default()
        };
        assert_eq!(names(&image), ["sha256:1"]);
        image.repo_digests = vec!["a@sha256:2".into()];
        assert_eq!(names(&image), ["a@sha256:2"]);
        image.repo_tags = vec!["a:1".into(), "b:1".into()];
        assert_eq!(names(&image), ["a:1", "b:1"]);
    }
}
