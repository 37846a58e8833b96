package vaultsim

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
)

// pythonVectors is what Python itself made of many arguments and texts.
type pythonVectors struct {
	Arguments []struct {
		Parser string
		Words  []string
		Values map[string][]string
		Help   bool
		Error  string
	}
	Texts []struct {
		Text  string
		Words []string
		Error string
	}
}

func readPython(t *testing.T) pythonVectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/python.json")
	if err != nil {
		t.Fatal(err)
	}
	var v pythonVectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestArgumentsAreUnderstoodAsByArgparse(t *testing.T) {
	t.Parallel()
	parsers := map[string]*parser{
		"share-record": shareRecordParser(), "record-add": recordAddParser(),
		"one-time-share remove": linkRemoveParser(),
	}
	for _, v := range readPython(t).Arguments {
		got, err := parsers[v.Parser].parse(v.Words)
		switch {
		case v.Error != "":
			if err == nil || err.Error() != v.Error {
				t.Errorf("%s %q: error %v, want %s", v.Parser, v.Words, err, v.Error)
			}
			continue
		case err != nil || got.help != v.Help:
			t.Errorf("%s %q: help %t, error %v", v.Parser, v.Words, got.help, err)
			continue
		case v.Help:
			continue
		}
		values := pythonValues(parsers[v.Parser], got)
		if !maps.EqualFunc(values, v.Values, slices.Equal) {
			t.Errorf("%s %q: %q, want %q", v.Parser, v.Words, values, v.Values)
		}
	}
}

// pythonValues gives parsed arguments as argparse's name space holds them: True for a flag, all values of an
// option that is collected, the last one of any other.
func pythonValues(p *parser, a arguments) map[string][]string {
	out := map[string][]string{}
	for _, o := range p.options {
		switch dest := o.dest(); {
		case !a.has(dest):
		case o.flag:
			out[dest] = []string{"True"}
		case dest == "email":
			out[dest] = a.values[dest]
		default:
			out[dest] = []string{a.last(dest)}
		}
	}
	for _, pos := range p.positionals {
		if v := a.values[pos.name]; len(v) > 0 || pos.max < 0 {
			out[pos.name] = append([]string{}, v...)
		}
	}
	return out
}

func TestTextsAreSplitAsByShlex(t *testing.T) {
	t.Parallel()
	for _, v := range readPython(t).Texts {
		got, err := split(v.Text)
		if v.Error != "" {
			if err == nil || err.Error() != v.Error {
				t.Errorf("split %q: error %v, want %s", v.Text, err, v.Error)
			}
			continue
		}
		if err != nil || !slices.Equal(got, v.Words) {
			t.Errorf("split %q = %q, %v, want %q", v.Text, got, err, v.Words)
		}
	}
}

func FuzzSplitNeverLosesQuotedText(f *testing.F) {
	f.Add("two words")
	f.Add(`it's "quoted" \ here`)
	f.Fuzz(func(t *testing.T, s string) {
		if s != string([]rune(s)) {
			t.Skip("not valid UTF-8")
		}
		got, err := split("a " + quoted(s) + " b")
		if err != nil || !slices.Equal(got, []string{"a", s, "b"}) {
			t.Errorf("split of quoted %q = %q, %v", s, got, err)
		}
		// Whatever the text, splitting it ends without a panic.
		_, _ = split(s)
	})
}
