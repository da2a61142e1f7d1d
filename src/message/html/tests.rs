//! HTML to text, from the outside.

use super::super::steps::Steps;
use crate::base::Cancel;

/// The text, and how many octets were looked at for it.
fn counted(html: &str) -> (String, u64) {
    let cancel = Cancel::new();
    let mut steps = Steps::new(&cancel);
    let text = super::to_text(html, &mut steps).expect("not cancelled");
    (text, steps.taken())
}

#[test]
fn html_becomes_text() {
    #[rustfmt::skip]
    let rows = [
        // Blocks become lines, and blanks collapse.
        (
            "<html><head><title>T</title><style>p {}</style></head>\n<body><h1>Offer</h1>\n\
             <p>Dear   <b>Alice</b>,<br>see\nbelow.</p><ul><li>one<li>two</ul>\
             <table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>\
             <script>alert('<p>')</script>end</body></html>",
            "Offer\n\nDear Alice,\nsee below.\n\n* one\n* two\n\na b\nc\n\nend\n",
        ),
        // Links are shown unless the text is the link.
        ("<a href=\"https://evil.example.org/?a=1&amp;b=2\">bank</a>, <A HREF=http://x.example.org>http://x.example.org</A>",
         "bank <https://evil.example.org/?a=1&b=2>, http://x.example.org\n"),
        ("<a href='mailto:a@example.org'>a@example.org</a> <a href='#top'>up</a> <a name=x>y</a>",
         "a@example.org up y\n"),
        ("a<pre>\n  x\n    y</pre>b &lt;tag&gt; <img src=x alt='a cat'>", "a\n\n\n  x\n    y\n\nb <tag> [a cat]\n"),
        // Broken HTML still gives its text.
        ("1 < 2 <3 & <", "1 < 2 <3 & <\n"),
        ("a<b title=\"never closed>c</b>d", "acd\n"),
        ("a<b title=\"never>b<i title='closed>c", "abc\n"),
        ("a<!-- never closed <p>b", "a\n"),
        ("a<script>never closed", "a\n"),
        ("a<style>x</STYLE >b<!doctype html><?xml?>c", "abc\n"),
        ("a<img alt", "a\n"),
        ("<a title='>' href=\"http://e.example.org/\">x", "x\n"),
        ("你好<br/>мир", "你好\nмир\n"),
        ("", ""),
        // Character references are read as browsers read them.
        ("Fast&#153 and caf&eacute and &copy 2002 A&ampB &lt;&#65;&#x4e2d;&alpha;&gt;",
         "Fast\u{2122} and caf\u{e9} and \u{a9} 2002 A&B <A\u{4e2d}\u{3b1}>\n"),
        ("&#0;&#xd800; a & b &unknown; &amp; &#; a&nbsp;b", "\u{fffd}\u{fffd} a & b &unknown; & &#; a b\n"),
        ("<a href='http://e.example.org/?a=1&copy=2&amp;b=3'>x</a>", "x <http://e.example.org/?a=1&copy=2&b=3>\n"),
    ];
    for (html, text) in rows {
        assert_eq!(counted(html).0, text, "{html}");
    }
}

/// What could make a reader look at the same octets again and again: pieces
/// that are repeated, and what may be before and behind all of them.
#[test]
fn the_work_grows_with_the_text() {
    let pieces = [
        "<",
        "<a ",
        "<a \"",
        "<a '\">",
        "<!--",
        "</",
        "<script>",
        "<pre>",
        "</a>",
        "<br>",
        "<br>\r\n",
        "<br> ",
        "</pre><pre>\n",
        "&#",
        "&",
        "&amp",
        "<a href=http:x>",
        "<a>",
        "<li>",
        "<p> ",
        "<x =",
        "<td>",
        " ",
        "<title></",
        "<a href=http:x></a>\n",
        "<a \">\"",
        "<a \">\"<b '>'",
        "<hr>",
        "<img alt=x>",
        "\n",
    ];
    let starts = ["", "<pre>x", "<a href=http:x>", "<p>x", "<script>", "<a \"", "<b '"];
    let ends = ["", "'", "\"", ">", "'>", "</pre>", "</a>"];
    for start in starts {
        for piece in pieces {
            for end in ends {
                let html = [start, &piece.repeat((1 << 12) / piece.len()), end].concat();
                let (text, steps) = counted(&html);
                let bound = 8 * html.len() as u64 + 1_000;
                assert!(steps <= bound, "{start}{piece}{end}: {steps}");
                assert!(text.len() <= 8 * html.len(), "{start}{piece}{end}");
            }
        }
    }
}

#[test]
fn a_signal_ends_the_work() {
    let cancel = Cancel::new();
    cancel.flag().store(15, std::sync::atomic::Ordering::Relaxed);
    let html = "<p>x".repeat(1 << 16);
    assert!(super::to_text(&html, &mut Steps::new(&cancel)).is_err());
}
