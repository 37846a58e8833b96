package vaultclient

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

// spelled is a word as the program writes it, "" if it does not.
func spelled(word string) string {
	quoted, err := Quote(word)
	if err != nil {
		return ""
	}
	return withoutPhrases(quoted)
}

// titled writes a title in the program's way, behind something else or with something done to it.
func titled(prefix string, change func(string) string) func(order) string {
	return func(o order) string { return prefix + spelled(change(o.title)) }
}

// noted writes notes by another encoder.
func noted(encode func(string) string) func(order) string {
	return func(o order) string { return "--notes=" + spelled(encode(o.notes)) }
}

// logged writes a login by another encoder.
func logged(encode func(string) string) func(order) string {
	return func(o order) string { return spelled("login=" + encode(o.login)) }
}

// hosted writes a host by another encoder of its parts.
func hosted(encode func(string) string) func(order) string {
	return func(o order) string {
		return spelled(`host=$JSON:{"hostName":"` + encode(o.host) + `","port":"` + encode(o.port) + `"}`)
	}
}

func asItIs(s string) string { return s }

func inBase64(by *base64.Encoding) func(string) string {
	return func(s string) string { return "$BASE64:" + by.EncodeToString([]byte(s)) }
}

func asNotes(s string) string {
	encoded, err := encodeNotes(s)
	if err != nil {
		return "\n"
	}
	return encoded
}

func asHost(o order) string {
	return spelled("host=$JSON:" + canonical(map[string]string{"hostName": o.host, "port": o.port}))
}

// TestTortureCommandsSeesAFault is the control: an encoder that is left out, and anything that is added, is noticed among
// as many orders as the short form plays.
func TestTortureCommandsSeesAFault(t *testing.T) {
	t.Parallel()
	adds := func(more string) writer { // to some commands only, as a slip would
		return faulty(func(o order, text string) string {
			if strings.Contains(o.title, "=") {
				return text + more
			}
			return text
		})
	}
	instead := func(was, is func(order) string) writer {
		return faulty(func(o order, text string) string {
			if from := was(o); from != "" {
				return strings.Replace(text, from, is(o), 1)
			}
			return text
		})
	}
	replaces := func(pairs ...string) writer {
		return faulty(func(_ order, text string) string { return strings.NewReplacer(pairs...).Replace(text) })
	}
	title, login, notes := titled("--title=", asItIs), logged(inBase64(base64.StdEncoding)), noted(asNotes)
	for name, write := range map[string]writer{
		"-f is added":                      adds(" -f"),
		"a folder is added":                adds(" --folder=x"),
		"a field is added":                 adds(" c.text.injected=1"),
		"another type is added":            adds(" -rt=pamUser"),
		"the title is said twice":          adds(" -t=x"),
		"help is asked for":                adds(" -h"),
		"JSON is asked for":                adds(" 'c.text.x=--format json'"),
		"a title is not quoted":            instead(title, func(o order) string { return "--title=" + o.title }),
		"a title stands behind a blank":    instead(title, titled("--title ", asItIs)),
		"a title loses its blanks":         instead(title, titled("--title=", strings.TrimSpace)),
		"a title is in small letters":      instead(title, titled("--title=", strings.ToLower)),
		"a login is not in base64":         instead(login, logged(asItIs)),
		"a login has no padding":           instead(login, logged(inBase64(base64.RawStdEncoding))),
		"a login is in the base64 of URLs": instead(login, logged(inBase64(base64.URLEncoding))),
		"notes are not encoded":            instead(notes, noted(asItIs)),
		"only line feeds of notes are":     instead(notes, noted(func(s string) string { return strings.ReplaceAll(lineFeeds(s), "\n", `\n`) })),
		"parts of a field are not encoded": instead(asHost, hosted(asItIs)),
		"only quotes in parts are":         instead(asHost, hosted(func(s string) string { return strings.ReplaceAll(s, `"`, `\"`) })),
		"a phrase stays whole":             replaces("search'' ", "search "),
		"a phrase loses its blank":         replaces("policy'' ", "policy''"),
		"a variable stays whole":           replaces("$''{", "${"),
		"--format stays whole":             replaces("--form''at", "--format"),
		"the characters are not counted":   faulty(func(_ order, text string) string { return text + strings.Repeat(" ", maxCommand) }),
		"everything is refused":            func(order) (string, error) { return "", ErrInvalid },
		"what cannot be sent is sent in part": func(o order) (string, error) {
			text, err := writes(o)
			if err != nil {
				o.title = strings.Map(func(r rune) rune { return max(r, ' ') }, strings.ToValidUTF8(o.title, ""))
				return writes(o)
			}
			return text, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, 7))
			for range 6_000 {
				if _, err := orderReadsBack(write, randomOrder(rng)); err != nil {
					return
				}
			}
			t.Error("not noticed")
		})
	}
}

// faulty writes an order, and then does something to what is sent.
func faulty(change func(o order, text string) string) writer {
	return func(o order) (string, error) {
		text, err := writes(o)
		if err != nil {
			return "", err
		}
		return change(o, text), nil
	}
}
