package model

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// The groups of the evidence, and the keys that the service is known to report in
// them (PROTOCOL 12.7). Others may come at any time.
const (
	GroupAccount     = "account"
	GroupApplication = "application"

	KeyUser    = "Username"
	KeyDomain  = "Domainname"
	KeyMachine = "MachineName"

	KeyFile    = "FileName"
	KeyPath    = "FilePath"
	KeyCommand = "CommandLine"
	KeyAbout   = "Description"
	KeyHash    = "FileHash"
)

// KnownKeys lists the keys that evidence usually has, in the order in which it is
// read; their values are empty.
func KnownKeys() []Fact {
	return []Fact{
		{Group: GroupAccount, Key: KeyUser}, {Group: GroupAccount, Key: KeyDomain}, {Group: GroupAccount, Key: KeyMachine},
		{Group: GroupApplication, Key: KeyFile}, {Group: GroupApplication, Key: KeyPath}, {Group: GroupApplication, Key: KeyCommand},
		{Group: GroupApplication, Key: KeyAbout}, {Group: GroupApplication, Key: KeyHash},
	}
}

// EvidenceLine is one key of the evidence, under the service's own name.
type EvidenceLine struct {
	Fact
	Reported bool // false: a known key that the service said nothing about
}

// Evidence lists every key that the service reports, and the known ones even where
// it does not: known ones first, the others as they came.
func (e EndpointRequest) Evidence() []EvidenceLine {
	var lines []EvidenceLine
	known := KnownKeys()
	for _, k := range known {
		reported := false
		for _, f := range e.Facts {
			if f.Group == k.Group && f.Key == k.Key {
				lines, reported = append(lines, EvidenceLine{f, true}), true
			}
		}
		if !reported {
			lines = append(lines, EvidenceLine{Fact: k})
		}
	}
	for _, f := range e.Facts {
		if !slices.Contains(known, Fact{Group: f.Group, Key: f.Key}) {
			lines = append(lines, EvidenceLine{f, true})
		}
	}
	return lines
}

// Fact returns the value of a key and whether it is reported at all. A key that is
// reported twice with different values counts as not reported: which of them holds
// is not known.
func (e EndpointRequest) Fact(group, key string) (string, bool) {
	value, found := "", false
	for _, f := range e.Facts {
		if f.Group != group || f.Key != key {
			continue
		}
		if found && f.Value != value {
			return "", false
		}
		value, found = f.Value, true
	}
	return value, found
}

// said is Fact for those who need a value: an empty one is none.
func (e EndpointRequest) said(group, key string) (string, bool) {
	v, ok := e.Fact(group, key)
	return v, ok && v != ""
}

// Hash is the hash of the file in lower case, "" if none is reported.
func (e EndpointRequest) Hash() string {
	v, _ := e.Fact(GroupApplication, KeyHash)
	return strings.ToLower(v)
}

// Windows guesses the platform of the endpoint: by the path, else by the file's
// ending, else by the command.
func (e EndpointRequest) Windows() bool {
	path, _ := e.Fact(GroupApplication, KeyPath)
	file, _ := e.Fact(GroupApplication, KeyFile)
	switch {
	case strings.HasPrefix(path, "/"):
		return false
	case strings.Contains(path, `\`), len(path) >= 2 && path[1] == ':':
		return true
	case windowsFile(file):
		return true
	}
	line, _ := e.Fact(GroupApplication, KeyCommand)
	return strings.Contains(line, `:\`)
}

func windowsFile(file string) bool {
	for _, ending := range []string{".exe", ".msi", ".bat", ".cmd", ".ps1", ".msc", ".com"} {
		if strings.HasSuffix(strings.ToLower(file), ending) {
			return true
		}
	}
	return false
}

// Program is path and file as one name, foreign text; "" if neither is reported.
func (e EndpointRequest) Program() string {
	path, _ := e.Fact(GroupApplication, KeyPath)
	file, _ := e.Fact(GroupApplication, KeyFile)
	switch {
	case path == "":
		return file
	case file == "" || sameFile(path, file):
		return path
	}
	separator := "/"
	if e.Windows() {
		separator = `\`
	}
	if strings.HasSuffix(path, separator) {
		return path + file
	}
	return path + separator + file
}

// sameFile reports whether program, which may have a path, is the file.
func sameFile(program, file string) bool {
	if file == "" {
		return false
	}
	trim := func(s string) string { return strings.TrimSuffix(strings.ToLower(s), ".exe") }
	return trim(baseName(program)) == trim(file)
}

// baseName is what follows the last separator of either platform.
func baseName(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

// JustificationOf reads a justification as the service reports it. Where that is a
// JSON object with a text member, text is this, and rest lists the other members by
// name with their values as JSON; else text is all of it (PROTOCOL 12.7). An object
// in which a member stands twice is shown as it is, because a reader of JSON would
// see only one of them.
func JustificationOf(raw string) (text string, rest []Fact) {
	dec := json.NewDecoder(strings.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return raw, nil
	}
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return raw, nil
		}
		name, _ := key.(string)
		var value json.RawMessage
		if dec.Decode(&value) != nil || seen[name] {
			return raw, nil
		}
		seen[name] = true
		if name == "text" && json.Unmarshal(value, &text) == nil && value[0] == '"' {
			continue
		}
		if name == "text" {
			return raw, nil
		}
		rest = append(rest, Fact{Group: "justification", Key: name, Value: plainJSON(value)})
	}
	if _, err := dec.Token(); err != nil || !seen["text"] || len(bytes.TrimSpace([]byte(raw[dec.InputOffset():]))) > 0 {
		return raw, nil
	}
	return text, rest
}

// plainJSON is a text without its quotation marks, and any other value as JSON.
func plainJSON(value json.RawMessage) string {
	var s string
	if len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}
