package epm

import (
	"strings"

	"countersign/model"
)

// rules say how a command line is cut into arguments.
type rules int

// The rules by which a platform cuts.
const (
	posixRules rules = iota
	windowsRules
)

func (r rules) String() string {
	if r == windowsRules {
		return "Windows"
	}
	return "POSIX"
}

// command is a command line as a person reads it: one argument a line.
type command struct {
	rules rules
	args  []string
	// closed is false where a quotation mark has no partner or a backslash has
	// nothing behind it: what the machine would make of it is then not known.
	closed bool
}

// cut cuts the command line of a request by the rules of the platform that its
// path and file name speak of.
func cut(line string, r model.EndpointRequest) command {
	path, file := fact(r, keyPath), fact(r, keyFile)
	if !looksWindows(path, file, line) {
		args, closed := splitPOSIX(line)
		return command{posixRules, args, closed}
	}
	// Windows reads the program's own name by a simpler rule than the rest. The
	// service usually reports the arguments alone.
	if program, rest := windowsProgram(line); sameFile(program, file) {
		args, closed := splitWindows(rest)
		return command{windowsRules, append([]string{program}, args...), closed}
	}
	args, closed := splitWindows(line)
	return command{windowsRules, args, closed}
}

// looksWindows guesses the platform: by the path, else by the file's ending,
// else by the command.
func looksWindows(path, file, line string) bool {
	switch {
	case strings.HasPrefix(path, "/"):
		return false
	case strings.Contains(path, `\`), len(path) >= 2 && path[1] == ':':
		return true
	}
	for _, ending := range []string{".exe", ".msi", ".bat", ".cmd", ".ps1", ".msc", ".com"} {
		if strings.HasSuffix(strings.ToLower(file), ending) {
			return true
		}
	}
	return strings.Contains(line, `:\`)
}

// sameFile reports whether program, which may have a path, is the file.
func sameFile(program, file string) bool {
	if file == "" {
		return false
	}
	base := program[strings.LastIndexAny(program, `\/`)+1:]
	trim := func(s string) string { return strings.TrimSuffix(strings.ToLower(s), ".exe") }
	return trim(base) == trim(file)
}

// splitPOSIX cuts a line as the POSIX shell cuts words: quotation marks and
// backslashes are taken away, nothing is expanded, and operators such as ; or |
// stay the ordinary characters that they are in an argument list. closed is
// false if a quotation or a backslash is not complete.
func splitPOSIX(line string) (args []string, closed bool) {
	var word strings.Builder
	started := false
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		next := i+1 < len(line)
		switch {
		case quote == '\'' && c != '\'':
			word.WriteByte(c)
		case quote == '"' && c == '\\' && next && strings.IndexByte("$`\"\\", line[i+1]) >= 0:
			i++
			word.WriteByte(line[i])
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, started = c, true
		case c == '\\' && next:
			i++
			word.WriteByte(line[i])
			started = true
		case c == '\\':
			return append(args, word.String()+`\`), false
		case c == ' ' || c == '\t' || c == '\n':
			if started {
				args = append(args, word.String())
				word.Reset()
			}
			started = false
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if started {
		args = append(args, word.String())
	}
	return args, quote == 0
}

// splitWindows cuts the arguments behind a program's name as Microsoft's C
// runtime does: backslashes count only before a quotation mark, where each pair
// is one and an odd one makes the mark a letter; two marks inside a quotation
// are one letter. closed is false if the last quotation is not ended.
func splitWindows(line string) (args []string, closed bool) {
	var word strings.Builder
	started, quoted := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], `\`))
			i += n - 1
			started = true
			if i+1 == len(line) || line[i+1] != '"' {
				word.WriteString(strings.Repeat(`\`, n))
				continue
			}
			word.WriteString(strings.Repeat(`\`, n/2))
			if n%2 == 1 {
				i++
				word.WriteByte('"')
			}
		case c == '"' && quoted && i+1 < len(line) && line[i+1] == '"':
			i++
			word.WriteByte('"')
		case c == '"':
			quoted, started = !quoted, true
		case (c == ' ' || c == '\t') && !quoted:
			if started {
				args = append(args, word.String())
				word.Reset()
			}
			started = false
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if started {
		args = append(args, word.String())
	}
	return args, !quoted
}

// windowsProgram takes the program's name from the front of a whole command
// line: quotation marks hold it together and are dropped, backslashes are
// letters.
func windowsProgram(line string) (program, rest string) {
	var name strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case (c == ' ' || c == '\t') && !quoted:
			return name.String(), line[i+1:]
		default:
			name.WriteByte(c)
		}
	}
	return name.String(), ""
}
