//! As much of JSON Schema as `schema.json` uses. The tests of the whole
//! program check its output with this file, too.

use serde_json::Value;

/// Checks a value against a schema within `root`; the error says where.
pub(crate) fn check(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let fault = |what: &str| Err(format!("{what}: {value} against {schema}"));
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let holds = match keyword.as_str() {
            "$ref" => {
                let path = rule.as_str().expect("a path");
                let target = root.pointer(&path[1..]).expect("a definition");
                check(root, target, value).map(|()| true)?
            }
            "oneOf" => {
                let fits = |one: &&Value| check(root, one, value).is_ok();
                rule.as_array().expect("a list").iter().filter(fits).count() == 1
            }
            "const" => value == rule,
            "enum" => rule.as_array().expect("a list").contains(value),
            "type" => match rule {
                Value::Array(kinds) => kinds.iter().any(|kind| is(kind, value)),
                kind => is(kind, value),
            },
            "minimum" => value.as_u64().is_none_or(|n| n >= rule.as_u64().expect("a number")),
            "maximum" => value.as_u64().is_none_or(|n| n <= rule.as_u64().expect("a number")),
            "minLength" => value.as_str().is_none_or(|s| !s.is_empty()),
            "pattern" => {
                let rule = rule.as_str().expect("text");
                let len = rule.strip_prefix("^[0-9a-f]{").and_then(|rest| rest.strip_suffix("}$"));
                let len: usize = len.expect("digits").parse().expect("a length");
                value.as_str().is_none_or(|s| {
                    s.len() == len && s.bytes().all(|b| b"0123456789abcdef".contains(&b))
                })
            }
            "required" => rule
                .as_array()
                .expect("a list")
                .iter()
                .all(|key| value.get(key.as_str().expect("a key")).is_some()),
            "properties" => {
                for (key, one) in rule.as_object().expect("an object") {
                    if let Some(value) = value.get(key) {
                        check(root, one, value)?;
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(rule, false);
                let known = schema["properties"].as_object().expect("an object");
                value
                    .as_object()
                    .is_some_and(|object| object.keys().all(|key| known.contains_key(key)))
            }
            "items" => {
                for one in value.as_array().into_iter().flatten() {
                    check(root, rule, one)?;
                }
                true
            }
            "$schema" | "$defs" | "title" | "description" => true,
            other => panic!("the checker does not know {other}"),
        };
        if !holds {
            return fault(keyword);
        }
    }
    Ok(())
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the checker does not know {other}"),
    }
}
