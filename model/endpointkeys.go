package model

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// EndpointKeys is what an endpoint request has in common with others, in a form
// that can be compared and indexed. Each is "" where the request does not report
// it, so that what is missing is never the same as something else that is missing.
type EndpointKeys struct {
	User, File, Hash, Command string
}

// KeysOf returns the keys of a request. What only the list told is cut, so it has
// none.
func KeysOf(e EndpointRequest) EndpointKeys {
	var k EndpointKeys
	if !e.Complete {
		return k
	}
	path, name := "", ""
	for _, f := range e.Facts {
		if f.Value == "" {
			continue
		}
		switch key := strings.ToLower(f.Key); {
		case f.Group != "application":
		case key == "filepath":
			path = f.Value
		case key == "filename":
			name = f.Value
		case key == "commandline":
			k.Command = digestKey(f.Value)
		case strings.Contains(key, "hash") || key == "sha256":
			k.Hash = digestKey(strings.ToLower(f.Value))
		}
	}
	k.User = strings.ToLower(e.User)
	if path+name != "" {
		// The file's name alone is common to many: with its path it is one file.
		k.File = digestKey(strings.ToLower(path) + "\x00" + strings.ToLower(name))
	}
	return k
}

// digestKey keeps the index small, whatever the length of the text.
func digestKey(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
