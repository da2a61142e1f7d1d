//! HTML to text, from the outside.

use super::to_text;

#[test]
fn blocks_become_lines_and_blanks_collapse() {
    let html = "<html><head><title>T</title><style>p {}</style></head>\n<body><h1>Offer</h1>\n\
                <p>Dear   <b>Alice</b>,<br>see\nbelow.</p><ul><li>one<li>two</ul>\
                <table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>\
                <script>alert('<p>')</script>end</body></html>";
    assert_eq!(
        to_text(html),
        "Offer\n\nDear Alice,\nsee below.\n\n* one\n* two\n\na b\nc\n\nend\n"
    );
}

#[test]
fn links_are_shown_unless_the_text_is_the_link() {
    assert_eq!(
        to_text(
            "<a href=\"https://evil.example.org/?a=1&amp;b=2\">bank</a>, <A HREF=http://x.example.org>http://x.example.org</A>"
        ),
        "bank <https://evil.example.org/?a=1&b=2>, http://x.example.org\n"
    );
    assert_eq!(
        to_text(
            "<a href='mailto:a@example.org'>a@example.org</a> <a href='#top'>up</a> <a name=x>y</a>"
        ),
        "a@example.org up y\n"
    );
}

#[test]
fn preformatted_text_keeps_its_lines() {
    assert_eq!(
        to_text("a<pre>\n  x\n    y</pre>b &lt;tag&gt; <img src=x alt='a cat'>"),
        "a\n\n\n  x\n    y\n\nb <tag> [a cat]\n"
    );
}

#[test]
fn broken_html_still_gives_its_text() {
    assert_eq!(to_text("1 < 2 <3 & <"), "1 < 2 <3 & <\n");
    assert_eq!(to_text("a<b title=\"never closed>c</b>d"), "acd\n");
    assert_eq!(to_text("a<!-- never closed <p>b"), "a\n");
    assert_eq!(to_text("a<script>never closed"), "a\n");
    assert_eq!(
        to_text("a<style>x</STYLE >b<!doctype html><?xml?>c"),
        "abc\n"
    );
    assert_eq!(to_text("a<img alt"), "a\n");
    assert_eq!(
        to_text("<a title='>' href=\"http://e.example.org/\">x"),
        "x\n"
    );
    assert_eq!(to_text("你好<br/>мир"), "你好\nмир\n");
    assert_eq!(to_text(""), "");
}

#[test]
fn bombs_take_no_quadratic_time() {
    for piece in [
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
        "&#",
        "<a href=http:x>",
        "<li>",
        "<p> ",
        "<x =",
        "<td>",
        " ",
        "<title></",
    ] {
        to_text(&piece.repeat((1 << 17) / piece.len()));
    }
}
