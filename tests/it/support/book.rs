//! What was seen, title by title, beside the file of it that is committed.

use std::fs;
use std::path::Path;

/// What was seen so far.
#[derive(Default)]
pub(crate) struct Book(String);

impl Book {
    pub(crate) fn note(&mut self, title: &str, text: &str) {
        self.0.push_str(&format!("## {title}\n{text}\n"));
    }

    /// Fails unless it is what `tests/fixtures` has under this name.
    /// `UPDATE_GENERATED=1` writes that.
    #[track_caller]
    pub(crate) fn assert_is(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            fs::write(folder.join(name), &self.0).expect("written");
        }
        let committed = fs::read_to_string(folder.join(name)).unwrap_or_default();
        let mut pairs = self.0.split("\n## ").zip(committed.split("\n## "));
        let (now, then) = pairs.find(|(now, then)| now != then).unwrap_or_default();
        assert_eq!(now, then, "in {name}");
        assert_eq!(self.0.len(), committed.len(), "{name} is of other length");
    }
}

/// One behind the other.
impl FromIterator<Book> for Book {
    fn from_iter<Books: IntoIterator<Item = Book>>(books: Books) -> Self {
        Self(books.into_iter().map(|book| book.0).collect())
    }
}
