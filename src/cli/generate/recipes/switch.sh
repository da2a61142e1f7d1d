mkdir -p ~/.config/retr
retr config import --from mpop ~/.mpoprc > ~/.config/retr/config.toml
retr config check
retr state import --from mpop ~/.mpop_uidls/alice_at_pop.example.com work
retr fetch work --dry-run
