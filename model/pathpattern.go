package model

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// PathPattern is a pattern for the whole path of a program, file name and all:
//
//   - any characters within one part of the path, none too
//     ?   one character of a part
//     **  as a whole part: any number of parts, none too
//
// Every other character stands for itself. A pattern is of one platform and matches
// paths of that one only. It begins with / for POSIX, where case counts, and with a
// drive (C:\) or a share (\\host\share\) for Windows, where case does not count and
// a path may be written with / or \. What is behind the pattern's end does not match.
//
// A path that can be read in more than one way matches no pattern, see PlainPath.
type PathPattern struct {
	text    string
	windows bool
	parts   string // divided by NUL, which no path holds; so patterns can be compared
}

// String returns the pattern as it was written.
func (p PathPattern) String() string { return p.text }

// IsZero reports whether there is no pattern.
func (p PathPattern) IsZero() bool { return p.text == "" }

// ParsePathPattern reads a pattern. The error says what is wrong in words of ours.
func ParsePathPattern(text string) (PathPattern, error) {
	p := PathPattern{text: text, windows: windowsPath(text)}
	switch {
	case text == "":
		return p, errors.New("the pattern is empty")
	case !p.windows && text[0] != '/':
		return p, errors.New(`a pattern is for a whole path: it begins with /, with a drive as C:\, or with \\host\share\`)
	case p.windows && strings.Contains(text, "/"):
		return p, errors.New(`write a pattern for Windows with \: both kinds of paths match it`)
	}
	parts, why := pathParts(text, p.windows)
	if why != "" {
		return p, errors.New("no path matches this: " + why)
	}
	for i, part := range parts {
		if strings.Contains(part, "**") && part != "**" {
			return p, fmt.Errorf("%q: ** stands for whole parts of a path, as /opt/**/tool", part)
		}
		if i == 0 && p.windows && strings.ContainsAny(part, "*?") {
			return p, errors.New("name the drive or the share")
		}
	}
	p.parts = strings.Join(parts, "\x00")
	if p.windows {
		p.parts = upper(p.parts)
	}
	return p, nil
}

// Match reports whether the whole path matches.
func (p PathPattern) Match(path string) bool {
	if p.IsZero() || windowsPath(path) != p.windows {
		return false
	}
	parts, why := pathParts(path, p.windows)
	if why != "" {
		return false
	}
	if p.windows {
		for i := range parts {
			parts[i] = upper(parts[i])
		}
	}
	return matchParts(strings.Split(p.parts, "\x00"), parts)
}

// PlainPath returns "" where a path names one file in one way only, else what is
// wrong with it: that it is relative, has . or .. or empty parts, control or
// invisible characters, or on Windows what that rewrites: parts that end with a dot
// or a blank, short names (PROGRA~1), streams (file:stream), devices and \\?\.
func PlainPath(path string) string {
	windows := windowsPath(path)
	if !windows && !strings.HasPrefix(path, "/") {
		return "it is not a whole path"
	}
	_, why := pathParts(path, windows)
	return why
}

// windowsPath reports whether a path begins as those of Windows do.
func windowsPath(path string) bool {
	if strings.HasPrefix(path, `\\`) {
		return true
	}
	return len(path) >= 3 && path[1] == ':' && (path[2] == '\\' || path[2] == '/') && ('a' <= path[0]|0x20 && path[0]|0x20 <= 'z')
}

// pathParts cuts a whole path. why is what is wrong with it, "" if nothing is.
func pathParts(path string, windows bool) (parts []string, why string) {
	if strings.ContainsFunc(path, hidden) || strings.ContainsAny(path, "\n\r\t") {
		return nil, "it holds characters that do not show"
	}
	separator := "/"
	if windows {
		separator, path = `\`, strings.ReplaceAll(path, "/", `\`)
	}
	share := windows && strings.HasPrefix(path, `\\`)
	parts = strings.Split(strings.TrimLeft(path, separator), separator)
	if lead := len(path) - len(strings.TrimLeft(path, separator)); !windows && lead != 1 || share && lead != 2 {
		return nil, "it begins with too many separators"
	}
	for i, part := range parts {
		switch {
		case part == "":
			return nil, "it has an empty part, or ends with a separator"
		case part == "." || part == "..":
			return nil, "it has a part " + part
		case windows && !(i == 0 && !share) && oddWindowsPart(part):
			return nil, "Windows reads the part " + part + " as another name"
		}
	}
	if share {
		if len(parts) < 3 || parts[0] == "?" {
			return nil, "it names no host, share and file"
		}
		parts = append([]string{`\\` + parts[0] + `\` + parts[1]}, parts[2:]...)
	}
	return parts, ""
}

// oddWindowsPart reports whether Windows takes a name for another one: it drops dots
// and blanks at the end, knows short names, streams, and devices in every folder.
func oddWindowsPart(part string) bool {
	if strings.TrimRight(part, ". ") != part || strings.ContainsAny(part, `:"<>|`) {
		return true
	}
	for i := strings.IndexByte(part, '~'); i >= 0 && i+1 < len(part); i = len(part) {
		if c := part[i+1]; '0' <= c && c <= '9' {
			return true
		}
	}
	device, _, _ := strings.Cut(strings.ToLower(part), ".")
	switch strings.TrimRight(device, " ") {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	return len(device) == 4 && (device[:3] == "com" || device[:3] == "lpt") && '0' <= device[3] && device[3] <= '9'
}

// upper folds case as Windows compares names: letter by letter, and never a letter
// beyond ASCII to one within it, so that no foreign letter passes for a plain one.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if u := unicode.ToUpper(r); r < unicode.MaxASCII || u > unicode.MaxASCII {
			return u
		}
		return r
	}, s)
}

// matchParts matches the parts of a path.
func matchParts(pattern, path []string) bool {
	// after is where to go on when the last ** has to take one part more.
	p, s, star, after := 0, 0, -1, 0
	for s < len(path) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, after = p, s
			p++
		case p < len(pattern) && matchPart([]rune(pattern[p]), []rune(path[s])):
			p, s = p+1, s+1
		case star >= 0:
			after++
			p, s = star+1, after
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

// matchPart matches one part with its * and ?, in the same way.
func matchPart(pattern, part []rune) bool {
	p, s, star, after := 0, 0, -1, 0
	for s < len(part) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, after = p, s
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == part[s]):
			p, s = p+1, s+1
		case star >= 0:
			after++
			p, s = star+1, after
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
