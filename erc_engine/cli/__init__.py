"""`erc …`: the workflows from a shell, one file per group of commands, `--json` on every one."""
