//! Character sets by their names, and by their looks.

use super::*;

fn told(name: &str) -> Option<Charset> {
    Some(find(name).expect(name))
}

#[test]
fn names_that_mail_uses_are_known() {
    for (name, octets, expected) in [
        ("GB2312", &b"\xc4\xe3\xba\xc3"[..], "你好"),
        ("cp936", b"\xc4\xe3", "你"),
        ("CP950", b"\xa7\x41", "你"),
        ("ks_c_5601-1987", b"\xbd\xba", "스"),
        ("koi8-r", b"\xf0", "П"),
        ("Windows-1251", b"\xcf", "П"),
        ("cp1251", b"\xcf", "П"),
        ("utf8", b"\xc3\xa9", "é"),
        ("iso_8859_15", b"\xa4", "€"),
        ("ISO 8859-2", b"\xb1", "ą"),
        ("latin1", b"\xe9", "é"),
        ("cp850", b"\x84\xe1", "äß"),
        ("IBM850", b"\x94", "ö"),
        ("cp437", b"\x81\xc9\xe3", "ü╔π"),
        ("ibm437", b"\x81", "ü"),
        ("cp852", b"\xa5", "ą"),
        ("cp858", b"\x84", "ä"),
        ("cp866", b"\x8f", "П"),
        ("cp874", b"\xca\xc7\xd1\xca\xb4\xd5", "สวัสดี"),
        ("tis-620", b"\xa1", "ก"),
        ("iso-2022-kr", b"\x1b$)C\x0eGQ\x0f", "한"),
        ("HZ-GB-2312", b"~{Dc~}", "你"),
        ("iso-2022-jp", b"\x1b$B%5%s\x1b(B", "サン"),
        // NEC's row 13, and katakana of half the width.
        ("iso-2022-jp-ms", b"\x1b$B-!\x1b(I1\x1b(B", "①ｱ"),
        ("cp50221", b"\x1b$B-!\x1b(B", "①"),
        ("hz", b"a ~~ ~{Dc:C~} b\n", "a ~ 你好 b\n"),
        ("hz", b"~{Dc~\n:C~}", "你:C"),
        ("hz", b"~{Dc:C\nplain", "你好\nplain"),
        ("iso-2022-kr", b"\x1b$)C\x0eGQ1[\x0f ok\n", "한글 ok\n"),
        ("iso-2022-cn", b"\x1b$)A\x0eDc:C\x0f!", "你好!"),
        ("utf-7", b"+AOk-", "é"),
        ("mac-cyrillic", b"\x8f", "П"),
        ("big5hkscs", b"\xa7\x41", "你"),
        ("utf-16be", b"\0a\0b", "ab"),
        ("utf-16", b"\xfe\xff\0a\0b", "ab"),
        ("utf-16", b"abcd", "abcd"),
    ] {
        assert_eq!(text(octets, told(name)), expected, "{name}");
    }
    let rows = ["", "x-unknown", "unknown-8bit", "us-ascii*en", "c\u{f6}p936"];
    for name in rows {
        assert!(find(name).is_none(), "{name}");
    }
}

#[test]
fn what_is_told_is_believed_where_it_fits() {
    for (name, octets, expected) in [
        ("koi8-r", &b"\xf0\xd2\xc9\xd7\xc5\xd4"[..], "Привет"),
        ("koi8-r", b"\xc4\xe3\xba\xc3", "дЦ╨ц"),
        // Valid UTF-8 by accident.
        ("gb2312", b"\xc5\xa3", "牛"),
        ("windows-1251", b"\xc5\xb8", "Её"),
        ("euc-kr", b"\xc3\xb3", "처"),
    ] {
        assert_eq!(text(octets, told(name)), expected, "{name}");
    }
}

#[test]
fn what_cannot_be_what_is_told_is_what_fits() {
    let utf_8 = "你好，世界";
    #[rustfmt::skip]
    let rows = [
        "gb2312", "gbk", "big5", "euc-kr", "iso-2022-jp", "iso-8859-1", "koi8-r", "windows-1251", "shift_jis",
        "euc-jp", "hz-gb-2312", "cp850",
    ];
    for name in rows {
        for end in [3, 6, 9, 12, 15] {
            let found = text(&utf_8.as_bytes()[..end], told(name));
            assert_eq!(found, utf_8[..end], "{name}");
        }
        assert_eq!(text("Привет, мир".as_bytes(), told(name)), "Привет, мир");
    }
    let euc_jp = b"\xc6\xfc\xcb\xdc\xb8\xec\xa4\xc7\xa4\xb9\xa1\xa3";
    let shift_jis = b"\x93\xfa\x96\x7b\x8c\xea\x82\xc5\x82\xb7\x81\x42";
    for octets in [&euc_jp[..], shift_jis] {
        assert_eq!(text(octets, told("iso-2022-jp")), "日本語です。");
    }
    assert_eq!(text(euc_jp, told("euc-jp")), "日本語です。");
    assert_eq!(text(shift_jis, told("euc-jp")), "日本語です。");
    assert_eq!(text(b"\xc7\xd1\xb1\xdb", told("iso-2022-kr")), "한글");
    assert_eq!(text(b"\xc4\xe3\xba\xc3", told("hz-gb-2312")), "你好");
    assert_eq!(text(b"caf\xe9 au lait", told("utf-8")), "café au lait");
    assert_eq!(text(b"caf\xe9 au lait", told("gb2312")), "café au lait");
    assert_eq!(text(b"\x1b$B%5%s\x1b(B", told("utf-8")), "サン");
    assert_eq!(text(b"\x1b$B%5%s\x1b(B", None), "サン");
}

#[test]
fn a_torn_character_costs_only_itself() {
    let cyrillic = "Картин";
    for torn in [&b"\xd0"[..], b"\xd0 ", b"\xff"] {
        let octets = [cyrillic.as_bytes(), torn].concat();
        let read = text(&octets, None);
        assert!(read.starts_with("Картин\u{fffd}"), "{read}");
    }
    let found = text(b"\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7\xff", told("gb2312"));
    assert_eq!(found, "你好世界\u{fffd}");
}

#[test]
fn without_a_name_the_looks_decide() {
    assert_eq!(text(b"caf\xe9", None), "café");
    assert_eq!(text("При".as_bytes(), None), "При");
    assert_eq!(text("\u{fffd}".as_bytes(), None), "\u{fffd}");
    assert_eq!(text(b"\x1b[1m", None), "\x1b[1m");
    let chinese = b"\xcf\xb5\xcd\xb3\xb9\xdc\xc0\xed\xd4\xb1";
    assert_eq!(text(chinese, None), "系统管理员");
    assert_eq!(text(&chinese[..9], None), "ÏµÍ³¹ÜÀíÔ", "cut in two");
    for western in ["Größe", "déjà vu, où ça", "ÄÖ", "señor Muñoz", "£5 §7"] {
        let octets: Vec<u8> = western.chars().map(|c| c as u8).collect();
        assert_eq!(text(&octets, None), western);
        assert_eq!(text(&octets, told("iso-8859-1")), western);
    }
}
