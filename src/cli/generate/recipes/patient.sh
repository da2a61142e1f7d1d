#!/bin/sh
# Keeps quiet about 75, but not about warnings or ids that were reset.
PATH=$HOME/.cargo/bin:$PATH
out=$(retr fetch 2>&1)
case $?$out in
    75*warning:*|75*uid-reset*) ;;
    75*) exit 0 ;;
esac
[ -z "$out" ] || echo "$out"
