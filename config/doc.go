// Package config reads config.toml: defaults, checks, and where secrets lie.
//
// The rules it keeps:
//
//   - Everything wrong with a file is said at once, each with its line, its key and
//     what to write instead. A key that nothing reads is an error, never ignored.
//   - A file that is accepted is complete: every field of Config has its default
//     or a checked value, so nobody checks again.
//   - Loading reads no secret but one written into the file itself. Consoles and
//     the worker share one file, and only the worker's account can read what the
//     file points at; the worker asks for it with Vault.APIKey and its kin.
//   - A secret comes from a file that only its owner can read, an environment
//     variable, a systemd credential, or the configuration file if only its owner
//     can read that; never from the command line (DESIGN 6). It prints as dots, and
//     no error text repeats one.
package config
