package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"countersign/safetext"
)

func TestJSONEscapesWhatHides(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := writeJSON(&b, map[string]string{"t": "Tomáš <b>\u202e\x1b\u009b\x7f😀\U000e0041"}); err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"t\": \"Tomáš <b>\\u202e\\u001b\\u009b\\u007f😀\\udb40\\udc41\"\n}\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestJSONKeepsEveryText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		var b bytes.Buffer
		if err := writeJSON(&b, text); err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back != strings.ToValidUTF8(text, "\ufffd") {
			t.Fatalf("%q came back as %q: %v", text, back, err)
		}
		for _, r := range strings.TrimRight(b.String(), "\n") {
			if r < ' ' || r == 0x7f || r >= utf8.RuneSelf && safetext.Line(string(r)).String() != string(r) {
				t.Fatalf("%q holds %U", b.String(), r)
			}
		}
	})
}
