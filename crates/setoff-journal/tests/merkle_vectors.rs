//! The public vectors of RFC 9162 proofs (transparency-dev/merkle, `testdata`, Apache-2.0), where
//! they lie in the folder that `SETOFF_MERKLE_VECTORS` names or in `../shared/data/merkle` beside
//! the repository.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use setoff_journal::Hash;
use setoff_journal::merkle::{verify_consistency, verify_inclusion};

fn vectors(kind: &str) -> Option<Vec<PathBuf>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/merkle");
    let folder = std::env::var_os("SETOFF_MERKLE_VECTORS").map_or(beside, PathBuf::from).join(kind);
    if !folder.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "no vectors in {}", folder.display());
        eprintln!(
            "SKIPPED: no vectors in {}; SETOFF_MERKLE_VECTORS names another folder",
            folder.display()
        );
        return None;
    }
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    Some(files)
}

/// No hash where the length is wrong: our types do not even hold one.
fn hash(base64: &str) -> Option<Hash> {
    STANDARD.decode(base64).ok()?.try_into().ok().map(Hash)
}

/// One vector takes a root that is no hash, and only asks that it equals itself: its own hash
/// stands for it.
fn any_root(base64: &str) -> Hash {
    hash(base64).unwrap_or_else(|| Hash::of(&[base64.as_bytes()]))
}

fn hashes(proof: Option<Vec<String>>) -> Option<Vec<Hash>> {
    proof.unwrap_or_default().iter().map(|text| hash(text)).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[test]
fn each_public_vector_of_inclusion_comes_out() {
    let Some(files) = vectors("inclusion") else { return };

    for file in &files {
        let v: Inclusion = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let verified = (|| {
            let (leaf, root, proof) = (hash(&v.leaf_hash)?, hash(&v.root)?, hashes(v.proof)?);
            Some(verify_inclusion(v.leaf_idx, v.tree_size, &leaf, &proof, &root))
        })();
        assert_eq!(verified.unwrap_or(false), !v.want_err, "{}", file.display());
    }
    eprintln!("{} vectors of inclusion", files.len());
    assert!(files.len() >= 90);
}

#[test]
fn each_public_vector_of_consistency_comes_out() {
    let Some(files) = vectors("consistency") else { return };

    let mut other = Vec::new();
    for file in &files {
        let v: Consistency = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let verified = (|| {
            let (old, root) = (any_root(&v.root1), any_root(&v.root2));
            let proof = hashes(v.proof)?;
            Some(verify_consistency(v.size1, v.size2, &old, &root, &proof))
        })();
        if verified.unwrap_or(false) == v.want_err {
            other.push(file);
        }
    }
    eprintln!("{} vectors of consistency", files.len());
    assert!(files.len() >= 90);
    assert_eq!(other, Vec::<&PathBuf>::new());
}
