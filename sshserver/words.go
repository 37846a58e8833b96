package sshserver

import (
	"errors"
	"strings"
)

// mostCommand is the longest command, in bytes.
const mostCommand = 32 << 10

// errQuote says that a command ends inside quotes.
var errQuote = errors.New("a quote is not closed; remember that ssh joins its words with blanks, so quote twice: ssh HOST \"approve REQ0010001 --comment 'as agreed'\"")

// errLong says that a command is longer than mostCommand.
var errLong = errors.New("the command is too long; give long texts on standard input")

// words cuts a command into words as a shell would, quotes and backslashes
// included and nothing else: no variables, no patterns, no second command.
func words(command string) ([]string, error) {
	if len(command) > mostCommand {
		return nil, errLong
	}
	var (
		all    []string
		word   strings.Builder
		begun  bool
		quote  byte // ' or " inside one
		masked bool // the character before was a backslash
	)
	for i := range len(command) { // bytes, so that what is no UTF-8 stays as it is
		c := command[i]
		switch {
		case masked:
			// Inside double quotes a backslash masks only these.
			if quote == '"' && strings.IndexByte("\"\\$`", c) < 0 {
				word.WriteByte('\\')
			}
			word.WriteByte(c)
			masked = false
		case c == '\\' && quote != '\'':
			masked, begun = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if begun {
				all = append(all, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if quote != 0 || masked {
		return nil, errQuote
	}
	if begun {
		all = append(all, word.String())
	}
	return all, nil
}
