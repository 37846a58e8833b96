package vaultclient

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// command is one line of Commander's language, ready to send, with what the traffic log may know of it.
type command struct {
	text    string
	masked  string
	word    string
	verb    string
	target  UID
	secrets []string
}

// name is the command's word and verbs, for errors and logs.
func (c command) name() string { return strings.TrimSpace(c.word + " " + c.verb) }

// withoutEcho takes the command's secrets out of words that were said about it. A firewall that repeats the request may write them in
// other ways than we did, so such words end where they begin to repeat it.
func (c *command) withoutEcho(text string) string {
	if c == nil || len(c.secrets) == 0 {
		return text
	}
	if i := strings.Index(text, c.word+" "); i >= 0 {
		text = text[:i+len(c.word)+1] + hidden
	}
	return mask(text, c.secrets)
}

// commandBuilder puts a command together from typed parts in the fixed skeleton of PROTOCOL 8: word, verbs, options, positionals.
// The first error sticks and is returned by build.
type commandBuilder struct {
	words       []string
	options     []part
	positionals []part
	dashes      bool
	target      UID
	secrets     []string
	err         error
}

type part struct{ text, masked string }

func newCommand(words ...string) *commandBuilder { return &commandBuilder{words: words} }

func (b *commandBuilder) fail(err error) {
	if b.err == nil && err != nil {
		b.err = err
	}
}

func (b *commandBuilder) quote(arg string) string {
	quoted, err := Quote(arg)
	b.fail(err)
	return quoted
}

// json asks for the JSON form, in the one spelling that the service's parser recognises.
func (b *commandBuilder) json() *commandBuilder { return b.flag("--format=json") }

// flag adds an option without a value.
func (b *commandBuilder) flag(name string) *commandBuilder {
	b.options = append(b.options, part{name, name})
	return b
}

func (b *commandBuilder) flagIf(on bool, name string) *commandBuilder {
	if on {
		b.flag(name)
	}
	return b
}

// option adds --name=value; the space form would take a value that begins with a minus sign for an option.
func (b *commandBuilder) option(name, value string) *commandBuilder {
	text := "--" + name + "=" + b.quote(value)
	b.options = append(b.options, part{text, text})
	return b
}

// secretOption is option with a value that no log may hold.
func (b *commandBuilder) secretOption(name, value string) *commandBuilder {
	b.secrets = append(b.secrets, value)
	b.options = append(b.options, part{"--" + name + "=" + b.quote(value), "--" + name + "=" + hidden})
	return b
}

// positional adds an argument without a name.
func (b *commandBuilder) positional(value string) *commandBuilder {
	text := b.quote(value)
	b.dashes = b.dashes || strings.HasPrefix(value, "-")
	b.positionals = append(b.positionals, part{text, text})
	return b
}

// secretPositional adds prefix+value as one argument, of which logs see the prefix.
func (b *commandBuilder) secretPositional(prefix, value string) *commandBuilder {
	b.secrets = append(b.secrets, value)
	b.positionals = append(b.positionals, part{b.quote(prefix + value), b.quote(prefix) + hidden})
	return b
}

// uid adds the object the command acts on.
func (b *commandBuilder) uid(u UID) *commandBuilder {
	b.fail(check(uidPattern, "uid", string(u)))
	b.target = u
	return b.positional(string(u))
}

// uidOption adds the object the command acts on as an option.
func (b *commandBuilder) uidOption(name string, u UID) *commandBuilder {
	b.fail(check(uidPattern, "uid", string(u)))
	b.target = u
	return b.option(name, string(u))
}

func (b *commandBuilder) email(e Email) *commandBuilder {
	b.fail(check(emailPattern, "e-mail address", string(e)))
	return b.option("email", string(e))
}

func (b *commandBuilder) build() (command, error) {
	if b.err != nil {
		return command{}, fmt.Errorf("%s: %w", strings.Join(b.words, " "), b.err)
	}
	var text, masked string
	parts := b.options
	if b.dashes {
		parts = append(parts, part{"--", "--"})
	}
	for _, p := range append(parts, b.positionals...) {
		text, masked = text+" "+p.text, masked+" "+p.masked
	}
	words := strings.Join(b.words, " ")
	c := command{
		text:    words + withoutPhrases(text),
		masked:  words + withoutPhrases(masked),
		word:    b.words[0],
		verb:    strings.Join(b.words[1:], " "),
		target:  b.target,
		secrets: b.secrets,
	}
	if n := utf8.RuneCountInString(c.text); n > maxCommand {
		return command{}, fmt.Errorf("%s: %d characters, the service takes %d: %w", c.name(), n, maxCommand, ErrInvalid)
	}
	return c, nil
}
