package cli

import (
	"bytes"
	"io"
	"testing"
	"time"
)

// screen is a terminal that keeps what it gets.
type screen struct{ bytes.Buffer }

func (s *screen) Close() error { return nil }
func (s *screen) Fd() uintptr  { return 0 }

func TestKeysArePoppedWhereTheyWerePushed(t *testing.T) {
	t.Parallel()
	const enter, leave, push, pop, restored = "\x1b[?1049h", "\x1b[?1049l", "\x1b[>1u", "\x1b[<1u", "\x1b7\x1b[;r\x1b8\x1b[>4m"
	for name, c := range map[string]struct{ written, want string }{
		"a good end is left as it is":    {enter + push + "a" + pop + leave, enter + push + "a" + pop + leave + restored},
		"what is pushed after its pop":   {enter + pop + push + leave, enter + push + pop + leave + restored},
		"what is never popped":           {enter + push + leave, enter + push + pop + leave + restored},
		"what was pushed twice":          {enter + push + push + leave, enter + push + push + "\x1b[<2u" + leave + restored},
		"an end on the first screen":     {push, push + restored + pop},
		"what others pushed stays":       {pop + enter + pop + leave + pop, enter + leave + restored},
		"what is drawn is left as it is": {"\x1b[1mu\x1b[<u1u", "\x1b[1mu\x1b[<u1u" + restored},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s screen
			out := &tidy{File: &s, now: time.Now}
			if n, err := io.WriteString(out, c.written); n != len(c.written) || err != nil {
				t.Fatalf("%d of %d bytes were written: %v", n, len(c.written), err)
			}
			if err := out.restore(); err != nil {
				t.Fatal(err)
			}
			if got := s.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
