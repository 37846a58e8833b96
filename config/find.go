package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNoConfig says that there is no configuration file in any default place.
var ErrNoConfig = errors.New("no configuration file found")

// systemFile is where the configuration of a whole host lies.
const systemFile = "/etc/countersign/config.toml"

// Places lists where Find looks, in its order.
func Places(env Env) []string {
	if named, ok := env("COUNTERSIGN_CONFIG"); ok && named != "" {
		return []string{named}
	}
	var places []string
	// The XDG rules say to ignore a relative folder.
	if dir, ok := env("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		places = append(places, filepath.Join(dir, "countersign", "config.toml"))
	}
	if home, ok := env("HOME"); ok && filepath.IsAbs(home) {
		places = append(places, filepath.Join(home, ".config", "countersign", "config.toml"))
	}
	return append(places, systemFile)
}

// Find returns the first configuration file that exists: $COUNTERSIGN_CONFIG,
// then $XDG_CONFIG_HOME/countersign/config.toml, then
// ~/.config/countersign/config.toml, then /etc/countersign/config.toml. One that
// the variable names is returned whether it exists or not, so that a mistyped name
// is an error and not another configuration. ErrNoConfig if there is none.
func Find(env Env) (string, error) {
	places := Places(env)
	if named, ok := env("COUNTERSIGN_CONFIG"); ok && named != "" {
		return places[0], nil
	}
	for _, path := range places {
		// A file that is there and cannot be looked at is ours to complain about,
		// not a reason to take the next.
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
	}
	return "", ErrNoConfig
}
