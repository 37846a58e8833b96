package vaultsim

import (
	"html"
	"strings"
)

// Understood is what the service makes of one command before it does anything.
type Understood struct {
	Command string   // with the verbs of a group command, such as "epm approval view"
	Words   []string // after it, as they were split
	Parser  string   // of the answer, which the text chooses (PROTOCOL 7.7): JSONParser, one of Phrases, or "" for the usual one

	// Values are the values of options and positional arguments by their long names; nil
	// where the parser of the command is not known here, or help was asked for.
	Values map[string][]string
	Help   bool
}

// Understand reads a command as the service does (PROTOCOL 7), for tests of those who write commands. vars
// are the variables that are known in the session. The error says that the command is refused. That a record-add
// is always answered in JSON is left out: releases before 18.0.11 do not do it.
func Understand(text string, vars map[string]string) (Understood, error) {
	text = html.UnescapeString(escaped.Replace(text))
	if strings.ContainsAny(text, "\n\r\x00") {
		return Understood{}, exception(controlChars)
	}
	word, rest, _ := strings.Cut(text, " ")
	c := &call{word: realName(word)}
	words, err := split(substitute(c.peel(strings.TrimLeft(rest, " ")), vars))
	if err != nil {
		return Understood{}, err
	}
	u := Understood{Command: strings.Join(append([]string{c.word}, c.verb...), " "), Words: words, Parser: parserOf(text)}
	parsers := map[string]func() *parser{
		"search": searchParser, "record-add": recordAddParser, "record-update": recordUpdateParser,
		"share-record": shareRecordParser, "share-folder": shareFolderParser, "one-time-share remove": linkRemoveParser,
	}
	if known := parsers[u.Command]; known != nil {
		args, err := known().parse(words)
		if err != nil {
			return u, err
		}
		u.Values, u.Help = args.values, args.help
	}
	return u, nil
}
