//! Names in an archive: `YYYY/MM/SHA256.eml`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::{Hash, Receipt, TargetName, rfc3339};
use crate::disk::Disk;
use crate::store::Error;
use crate::store::folders::fit;

/// A month of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month {
    year: u16,
    month: u8,
}

impl Month {
    /// The month (UTC) of these seconds since 1970; a time behind the year 9999
    /// is in its last one.
    pub(super) fn of(seconds: u64) -> Self {
        let day = rfc3339(seconds).unwrap_or_else(|| "9999-12".to_owned());
        let mut numbers = day.split('-');
        let year = numbers.next().and_then(|year| year.parse().ok());
        let month = numbers.next().and_then(|month| month.parse().ok());
        Self { year: year.unwrap_or(9999), month: month.unwrap_or(12) }
    }

    /// Its folder.
    pub(super) fn path(self, archive: &Path) -> PathBuf {
        archive.join(self.to_string())
    }

    /// The folder of its year.
    pub(super) fn year_path(self, archive: &Path) -> PathBuf {
        archive.join(format!("{:04}", self.year))
    }

    /// The receipt of a message that is stored in it.
    pub(super) fn receipt(self, target: &Arc<TargetName>, hash: Hash) -> Receipt {
        Receipt { target: Arc::clone(target), words: vec![format!("{self}/{}", file_name(hash))] }
    }

    /// That of a receipt's word, if the word names the file of this message.
    pub(super) fn in_word(word: &str, hash: Hash) -> Option<Self> {
        let (month, name) = word.rsplit_once('/')?;
        let (year, month) = month.split_once('/')?;
        let month =
            Self { year: number(year, 4)?, month: number(month, 2).and_then(month_number)? };
        (name == file_name(hash)).then_some(month)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}/{:02}", self.year, self.month)
    }
}

/// The name of a message's file.
pub(super) fn file_name(hash: Hash) -> String {
    format!("{hash}.eml")
}

/// A number of exactly this many digits.
fn number(text: &str, digits: usize) -> Option<u16> {
    let is_one = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| text.parse().ok()).flatten()
}

fn month_number(number: u16) -> Option<u8> {
    (1..=12).contains(&number).then_some(number as u8)
}

/// The months that an archive has, the youngest first. A link or a file in the
/// place of one is an error; anything else beside them is left alone.
pub(super) fn months(disk: &dyn Disk, archive: &Path) -> Result<Vec<Month>, Error> {
    let folders = |dir: &Path, digits| -> Result<Vec<(u16, PathBuf)>, Error> {
        let mut found = Vec::new();
        for name in disk.list(dir).map_err(Error::io("list", dir))? {
            let Some(number) = name.to_str().and_then(|name| number(name, digits)) else {
                continue;
            };
            let path = dir.join(name);
            let facts = disk.stat(&path).map_err(Error::io("look at", &path))?;
            fit(&path, &facts)?;
            found.push((number, path));
        }
        Ok(found)
    };
    let mut all = Vec::new();
    for (year, path) in folders(archive, 4)? {
        let months = folders(&path, 2)?.into_iter();
        let months = months.filter_map(|(number, _)| month_number(number));
        all.extend(months.map(|month| Month { year, month }));
    }
    all.sort_unstable_by(|a, b| b.cmp(a));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_in_the_month_in_which_it_was_first_seen() {
        for (seconds, month) in [
            (0, "1970/01"),
            (1_704_067_199, "2023/12"),
            (1_704_067_200, "2024/01"),
            (253_402_300_799, "9999/12"),
            (u64::MAX, "9999/12"),
        ] {
            assert_eq!(Month::of(seconds).to_string(), month);
        }
    }

    #[test]
    fn only_the_word_of_a_receipt_names_a_file() {
        let hash = Hash([0xab; 32]);
        let hex = "ab".repeat(32);
        let month = |word: &str| Month::in_word(word, hash).map(|month| month.to_string());
        assert_eq!(month(&format!("2023/11/{hex}.eml")), Some("2023/11".into()));
        #[rustfmt::skip]
        let rows = [
            format!("2023/13/{hex}.eml"), format!("2023/1/{hex}.eml"), format!("../../{hex}.eml"),
            format!("/2023/11/{hex}.eml"), format!("2023/11/x/{hex}.eml"), format!("+023/11/{hex}.eml"),
            format!("2023/11/{}.eml", "ac".repeat(32)), format!("2023/11/{hex}"), format!("{hex}.eml"),
            String::new(),
        ];
        for word in rows {
            assert_eq!(month(&word), None, "{word}");
        }
    }
}
