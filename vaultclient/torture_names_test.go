package vaultclient

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/vaultclient/vaultsim"
)

// nameTaker is a command that takes names alone, each of a fixed form.
type nameTaker struct {
	sound string // a name of that form
	of    func(name string) Mutation
}

func nameTakers() []nameTaker {
	const address, uid, link = "dave.o-1_2+x@mail-1.example.com", "NebebBkWL8I-15gXTW2y_w", "LinkREQ0010001"
	share := strings.Repeat("a-_", 28) + "ab"
	return []nameTaker{
		{address, func(s string) Mutation { return ShareRecord{Record: tortured, Email: Email(s), Edit: true} }},
		{address, func(s string) Mutation { return TransferRecord{Record: tortured, Email: Email(s)} }},
		{address, func(s string) Mutation { return UnshareFolder{Folder: tortured, Email: Email(s)} }},
		{uid, func(s string) Mutation { return RevokeRecord{Record: UID(s), Email: address} }},
		{uid, func(s string) Mutation { return ShareFolderTeam{Folder: tortured, Team: UID(s)} }},
		{uid, func(s string) Mutation { return FolderRecordRights{Folder: tortured, Which: OneRecord, Record: UID(s)} }},
		{link, func(s string) Mutation { return OneTimeShareCreate{Record: tortured, Lives: time.Hour, Name: s} }},
		{share, func(s string) Mutation { return OneTimeShareRemove{Record: tortured, Share: ShareID(s)} }},
		{uid, func(s string) Mutation { return EPMAction{Approval: UID(s), Verb: EPMApprove} }},
		{"0123456789abcdef0123", func(s string) Mutation { return DeviceAction{Device: DeviceID(s), Verb: DeviceDeny} }},
		{"REQ0010001", func(s string) Mutation { return RecordAdd{Title: "x", Type: "login", Marker: Marker(s)} }},
		{uid, func(s string) Mutation {
			return RecordAdd{Title: "x", Type: "login", Folder: UID(s), Marker: torturedMark}
		}},
		{uid, func(s string) Mutation { return RecordUpdate{Record: UID(s), Title: "x"} }},
	}
}

// randomName is a sound name, one of the same length, one with something put into it, or anything else.
func randomName(rng *rand.Rand, sound string) string {
	b := []byte(sound)
	switch rng.IntN(4) {
	case 0:
		return randomValue(rng)
	case 1:
		at := rng.IntN(len(b) + 1)
		return sound[:at] + randomValue(rng) + sound[at:]
	case 2:
		if at := strings.Index(sound, "@"); at > 0 {
			return hints[rng.IntN(len(hints))] + sound[at:]
		}
	}
	for range 1 + rng.IntN(3) {
		b[rng.IntN(len(b))] = (letters + "-")[rng.IntN(len(letters)+1)]
	}
	return string(b)
}

// nameReadsBack checks that a name is refused, or is one word of the command where the sound one was, and all else is as with that.
func nameReadsBack(write func(Mutation) (string, error), taker nameTaker, name string) (sent bool, err error) {
	text, err := write(taker.of(name))
	harmless := strings.Trim(name, letters+"-.+@") == ""
	switch {
	case err != nil && name == taker.sound, err != nil && !errors.Is(err, ErrInvalid):
		return false, fmt.Errorf("%q is refused: %w", name, err)
	case err != nil:
		return false, nil
	case !harmless:
		return false, fmt.Errorf("%q is sent as %q", name, text)
	}
	usual, err := write(taker.of(taker.sound))
	if err != nil {
		return false, err
	}
	want, err := vaultsim.Understand(usual, variables())
	if err != nil {
		return false, err
	}
	got, err := vaultsim.Understand(text, variables())
	if err != nil {
		return false, fmt.Errorf("%q: %w", text, err)
	}
	for i, word := range want.Words {
		want.Words[i] = strings.Replace(word, taker.sound, name, 1)
	}
	if name == "" { // a link without a name, a record in no folder: the option is left out
		want.Words = slices.DeleteFunc(want.Words, func(word string) bool { return strings.HasSuffix(word, "=") })
	}
	words := got.Words
	if i := slices.Index(words, "--"); i >= 0 && strings.HasPrefix(name, "-") {
		words = slices.Delete(slices.Clone(words), i, i+1)
	}
	if got.Command != want.Command || got.Help || got.Parser != "" || !slices.Equal(words, want.Words) {
		return false, fmt.Errorf("%q is read as %s %q by %q, want %q", text, got.Command, got.Words, got.Parser, want.Words)
	}
	return true, nil
}

func writesMutation(m Mutation) (string, error) {
	c, err := m.command(newest)
	return c.text, err
}

// TestTortureCommandsOfNames puts names of every kind into the commands that take no text of people.
func TestTortureCommandsOfNames(t *testing.T) {
	t.Parallel()
	takers := nameTakers()
	for _, taker := range takers {
		if sent, err := nameReadsBack(writesMutation, taker, taker.sound); !sent {
			t.Error(err)
		}
	}
	n := values() / 2
	var sent atomic.Int64
	eachValue(t, n, func(rng *rand.Rand) error {
		taker := takers[rng.IntN(len(takers))]
		ok, err := nameReadsBack(writesMutation, taker, randomName(rng, taker.sound))
		if ok {
			sent.Add(1)
		}
		return err
	})
	t.Logf("%d commands sent, %d refused", sent.Load(), int64(n)-sent.Load())
}

// TestTortureCommandsOfNamesSeesAFault is the control.
func TestTortureCommandsOfNamesSeesAFault(t *testing.T) {
	t.Parallel()
	faulty := func(change func(m Mutation, text string) string) func(Mutation) (string, error) {
		return func(m Mutation) (string, error) {
			text, err := writesMutation(m)
			return change(m, text), err
		}
	}
	lax := func(m Mutation) (string, error) { // an address is not looked at
		share, is := m.(ShareRecord)
		if !is {
			return writesMutation(m)
		}
		quoted, err := Quote(string(share.Email))
		return "share-record" + withoutPhrases(" --email="+quoted+" --action=grant -f --write ") + tortured, err
	}
	for name, write := range map[string]func(Mutation) (string, error){
		"an address of any form":                       lax,
		"no dashes before a name that begins with one": faulty(func(_ Mutation, text string) string { return strings.Replace(text, " -- ", " ", 1) }),
		"a phrase in an address":                       faulty(func(_ Mutation, text string) string { return strings.ReplaceAll(text, "''", "") }),
		"small letters":                                faulty(func(_ Mutation, text string) string { return strings.ToLower(text) }),
		"a name by a blank":                            faulty(func(_ Mutation, text string) string { return strings.Replace(text, "--email=", "--email ", 1) }),
		"another word where a name has a dash": faulty(func(m Mutation, text string) string {
			if share, is := m.(ShareFolderTeam); is && strings.Contains(string(share.Team), "-") {
				return text + " @existing"
			}
			return text
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, 7))
			takers := nameTakers()
			for range 60_000 {
				taker := takers[rng.IntN(len(takers))]
				if _, err := nameReadsBack(write, taker, randomName(rng, taker.sound)); err != nil {
					return
				}
			}
			t.Error("not noticed")
		})
	}
}
