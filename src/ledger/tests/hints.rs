use super::*;

#[test]
fn hints_are_kept_and_damage_is_none() {
    let state = State::new();
    state.make_dir();
    let dir = state.dir();
    assert_eq!(read_hints(&dir, &*state.disk), []);
    let hint = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let kept = [hint("pipelining", "on"), hint("auth", "PLAIN a=b")];
    let odd = [hint("a=b", "x"), hint("", "")];
    let given = [&kept[..1], &odd, &kept[1..]].concat();
    for _ in 0..2 {
        write_hints(&dir, &*state.disk, &given).expect("writes");
        assert_eq!(read_hints(&dir, &*state.disk), kept);
    }
    let path = dir.join("hints");
    let text = fs::read(&path).expect("is there");
    for at in 0..text.len() {
        let mut bytes = text.clone();
        bytes[at] ^= 4;
        fs::write(&path, &bytes).expect("writes");
        assert_eq!(read_hints(&dir, &*state.disk), [], "at {at}");
        fs::write(&path, &text[..at]).expect("writes");
        assert_eq!(read_hints(&dir, &*state.disk), [], "cut at {at}");
    }
    fs::write(&path, vec![b'x'; 1 << 20]).expect("writes");
    assert_eq!(read_hints(&dir, &*state.disk), []);
}
