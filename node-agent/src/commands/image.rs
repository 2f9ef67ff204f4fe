//! `knarr image`: images of this machine's node, for where there is no registry.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use knarr_runtime::image;

use crate::Place;

/// Load, list and remove this node's images
#[derive(Args, Clone, Debug)]
pub struct ImageArgs {
    /// The folder that holds the node's images
    #[arg(
        long,
        global = true,
        default_value = "/var/lib/knarr",
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
    /// Remove an image
    Remove { image: String },
}

/// Runs the command; prints what it did.
pub async fn run(args: ImageArgs) -> anyhow::Result<()> {
    let root = Place::new(&args.data_dir).runtime_root();
    match args.command {
        Command::Import { file } => {
            for image in image::import(&root, &file).await? {
                println!("imported {}", name(&image));
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
                println!(
                    "{:<64} {id:<14} {:.1} MB",
                    name(&image),
                    image.size as f64 / 1e6
                );
            }
        }
        Command::Remove { image } => {
            anyhow::ensure!(image::remove(&root, &image)?, "there is no image {image:?}");
            println!("removed {image}");
        }
    }
    Ok(())
}

fn name(image: &knarr_runtime::Image) -> String {
    image
        .repo_tags
        .first()
        .or(image.repo_digests.first())
        .unwrap_or(&image.id)
        .clone()
}
