package vaultclient

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"countersign/vaultclient/vaultsim"
)

// order is a record to make or to change, with what people write in each place that takes their text. No other command takes any:
// see TestTortureCommandsOfNames.
type order struct {
	a     abilities
	adds  bool
	title string
	notes string
	kind  string // of record, for a new one
	label string // of text

	login, code, text, host, port string
}

const (
	tortured      = "RZToj60CrP9GDxjDTPWxAQ"
	torturedMark  = "REQ0010001"
	pythonsBlanks = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
	letters       = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
)

func randomOrder(rng *rand.Rand) order {
	o := order{a: abilities{base64: rng.IntN(2) == 0, epm: "epm"}, adds: rng.IntN(2) == 0, title: randomValue(rng), notes: randomValue(rng),
		kind: "login", label: "host", login: randomValue(rng), text: randomValue(rng), host: randomValue(rng)}
	switch rng.IntN(16) {
	case 0:
		o.title += strings.Repeat(hints[rng.IntN(len(hints))], rng.IntN(maxCommand))
	case 1:
		o.notes += strings.Repeat(hints[rng.IntN(len(hints))], rng.IntN(maxCommand))
	case 2:
		o.kind = randomValue(rng)
	case 3:
		o.label = randomValue(rng)
	case 4, 5:
		o.code, o.port = randomValue(rng), randomValue(rng)
	}
	return o
}

// mutation is the order as the program writes it.
func (o order) mutation() Mutation {
	fields := []Field{
		{Type: "login", Value: Text(o.login)}, {Type: "oneTimeCode", Value: Text(o.code)},
		{Type: "text", Label: o.label, Custom: true, Value: Text(o.text)},
		{Type: "host", Value: Parts(map[string]string{"hostName": o.host, "port": o.port})}, {Type: "address", Value: Parts(nil)},
	}
	if o.adds {
		return RecordAdd{Title: o.title, Type: o.kind, Marker: torturedMark, Notes: NewSecret(o.notes), Fields: fields}
	}
	return RecordUpdate{Record: tortured, Title: o.title, Notes: NewSecret(o.notes), Fields: fields}
}

// wanted is what the service has to read of it: every option and argument, with notes and fields as it stores them.
func (o order) wanted() (command string, values map[string][]string) {
	command, values = "record-update", map[string][]string{"record": {tortured}}
	if o.adds {
		command, values = "record-add", map[string][]string{"record-type": {o.kind}}
	}
	if o.title != "" {
		values["title"] = []string{o.title}
	}
	if o.notes != "" {
		values["notes"] = []string{strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(o.notes)}
	}
	label := "c.text"
	if o.label != "" {
		label += "." + o.label
	}
	host := ""
	if o.host+o.port != "" {
		host = canonical(map[string]string{"hostName": o.host, "port": o.port})
	}
	for _, f := range [][2]string{{"login", o.login}, {"oneTimeCode", o.code}, {label, o.text}, {"host", host}, {"address", ""}} {
		if f[1] != "" || !o.adds {
			values["fields"] = append(values["fields"], f[0]+"="+f[1])
		}
	}
	if o.adds {
		values["fields"] = append(values["fields"], "c.text.request_id="+torturedMark)
	}
	return command, values
}

// unsendable reports whether the order must be refused whatever its length, and why.
func (o order) unsendable() (why string) {
	switch lines := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(o.notes); {
	case unsendable(o.title):
		return "the title cannot be quoted"
	case strings.TrimSpace(o.title) == "" && (o.adds || o.title != ""):
		return "the title is blank"
	case !utf8.ValidString(o.notes), strings.Contains(o.notes, "\x00"), o.notes == "--":
		return "the notes cannot be quoted"
	case strings.Contains(lines, "\\\n"):
		return "the notes hold a backslash before a line feed"
	case !o.a.base64 && strings.Contains(o.notes, `\n`):
		return "the service is too old for these notes"
	case !o.adds && strings.HasPrefix(o.notes, "+"):
		return "the notes would be added"
	case o.adds && (o.kind == "" || len(o.kind) > 64 || strings.Trim(o.kind, letters+" -") != "" || strings.ContainsAny(o.kind[:1], " -")):
		return "that is no type of record"
	case len(o.label) > 64, strings.Trim(o.label, letters+" ") != "", strings.HasPrefix(o.label, " "), strings.HasSuffix(o.label, " "):
		return "that is no label"
	case !fieldTakes(o.login, o.a.base64), !fieldTakes(o.code, false), !fieldTakes(o.text, o.a.base64):
		return "a field cannot hold the value"
	case !utf8.ValidString(o.host), !utf8.ValidString(o.port):
		return "a part of a field is not UTF-8"
	}
	return ""
}

// fieldTakes reports whether a field's value can be sent: any UTF-8 in base64, else what the service does not change (PROTOCOL 8).
func fieldTakes(value string, inBase64 bool) bool {
	return value == "" || utf8.ValidString(value) && (inBase64 ||
		!strings.ContainsAny(value, "\n\r\x00\\") && strings.Trim(value, pythonsBlanks) == value && !strings.ContainsAny(value[:1], "$="))
}

// fits reports whether the order is so short that its length can be no reason to refuse it: one byte takes six characters at most.
func (o order) fits() bool {
	return 6*len(o.title+o.notes+o.kind+o.label+o.login+o.code+o.text+o.host+o.port)+300 < maxCommand
}

func canonical(parts map[string]string) string {
	b, err := json.Marshal(parts)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// writer writes the text of an order.
type writer func(order) (string, error)

func writes(o order) (string, error) {
	c, err := o.mutation().command(o.a)
	return c.text, err
}

// orderReadsBack writes an order and reads it as the service does; sent is false where it was refused with a reason.
func orderReadsBack(write writer, o order) (sent bool, err error) {
	text, err := write(o)
	why := o.unsendable()
	switch {
	case err != nil && !errors.Is(err, ErrInvalid), err != nil && why == "" && o.fits():
		return false, fmt.Errorf("%+v is refused: %w", o, err)
	case err != nil:
		return false, nil
	case why != "":
		return false, fmt.Errorf("%+v is sent as %q, though %s", o, text, why)
	}
	u, err := vaultsim.Understand(text, variables())
	if err != nil {
		return false, fmt.Errorf("%q: %w", text, err)
	}
	command, want := o.wanted()
	got := maps.Clone(u.Values)
	for i, notes := range got["notes"] {
		got["notes"] = slices.Clone(got["notes"])
		got["notes"][i] = serviceNotes(notes)
	}
	got["fields"] = nil
	for _, word := range u.Values["fields"] {
		stored, err := storedOf(word)
		if err != nil {
			return false, fmt.Errorf("%q: %w", text, err)
		}
		got["fields"] = append(got["fields"], stored)
	}
	words, err := serviceSplit(text)
	switch {
	case u.Command != command || u.Help || u.Parser != "":
		return false, fmt.Errorf("%q is taken for %q, help %t, its answer read by %q", text, u.Command, u.Help, u.Parser)
	case !maps.EqualFunc(got, want, slices.Equal):
		return false, fmt.Errorf("%q is read as %q, want %q", text, got, want)
	case err != nil || !slices.Equal(words[1:], u.Words):
		return false, fmt.Errorf("%q is split as %q and as %q, %w", text, words, u.Words, err)
	case utf8.RuneCountInString(text) > maxCommand:
		return false, fmt.Errorf("%d characters are sent", utf8.RuneCountInString(text))
	}
	return true, nil
}

// storedOf is what Commander stores of a field: base64 is decoded, JSON taken apart, other text trimmed (PROTOCOL 8).
func storedOf(word string) (string, error) {
	name, value, _ := strings.Cut(word, "=")
	if coded, is := strings.CutPrefix(value, "$BASE64:"); is {
		b, err := base64.StdEncoding.DecodeString(coded)
		return name + "=" + string(b), err
	}
	if coded, is := strings.CutPrefix(value, "$JSON:"); is {
		parts := map[string]string{}
		err := json.Unmarshal([]byte(coded), &parts)
		return name + "=" + canonical(parts), err
	}
	if strings.HasPrefix(value, "$") || strings.HasPrefix(value, "=") {
		return "", fmt.Errorf("%q is an instruction", word)
	}
	return name + "=" + strings.Trim(value, pythonsBlanks), nil
}

// TestTortureCommands puts values of every kind into each place of the commands that take people's text, for services old and new.
func TestTortureCommands(t *testing.T) {
	t.Parallel()
	n := values() / 10 // each has ten places
	var tried atomic.Int64
	eachValue(t, n, func(rng *rand.Rand) error {
		for {
			tried.Add(1)
			if sent, err := orderReadsBack(writes, randomOrder(rng)); sent || err != nil {
				return err
			}
		}
	})
	t.Logf("%d commands sent, %d refused", n, tried.Load()-int64(n))
}

// TestTortureCommandsUpToTheLongest sends commands of 4096 characters and has those of 4097 refused.
func TestTortureCommandsUpToTheLongest(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	eachValue(t, values()/60, func(rng *rand.Rand) error {
		for {
			o := randomOrder(rng)
			text, err := writes(o)
			if err != nil || o.title == "" {
				continue
			}
			sent.Add(1)
			o.title += strings.Repeat("a", maxCommand-utf8.RuneCountInString(text))
			if ok, err := orderReadsBack(writes, o); !ok {
				return fmt.Errorf("4096 characters are refused, %w", err)
			}
			o.title += "a"
			if text, err := writes(o); !errors.Is(err, ErrInvalid) {
				return fmt.Errorf("%d characters are sent, %w", utf8.RuneCountInString(text), err)
			}
			return nil
		}
	})
	t.Logf("%d commands of 4096 characters", sent.Load())
}
