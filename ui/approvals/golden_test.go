package approvals

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"countersign/workflow"
)

var update = flag.Bool("update", false, "write the golden files anew")

// goldenScreen is a screen that is kept as it was looked at.
type goldenScreen struct {
	name string
	make func(t *testing.T, width, height int) *desk
}

func TestGoldenScreens(t *testing.T) {
	t.Parallel()
	sizes := []struct {
		name          string
		width, height int
	}{{"120x32", 120, 32}, {"80x20", 80, 20}}
	for _, tt := range append(append(catalogScreens(), teamScreens()...), []goldenScreen{
		{"list", func(t *testing.T, w, h int) *desk { return sit(t, seven(), w, h) }},
		{"detail", func(t *testing.T, w, h int) *desk {
			d := sit(t, seven(), w, h)
			d.press("enter")
			return d
		}},
		{"approve", func(t *testing.T, w, h int) *desk {
			d := sit(t, seven(), w, h)
			d.openFirst("a")
			return d
		}},
		{"deny", func(t *testing.T, w, h int) *desk {
			d := sit(t, seven(), w, h)
			d.openFirst("d")
			return d
		}},
		{"bulk", func(t *testing.T, w, h int) *desk {
			q := seven()
			q.refuse("REQ0010036", "own", "this is your own request; somebody else has to decide it")
			d := sit(t, q, w, h)
			d.press("space", "space", "space", "space", "space", "a")
			return d
		}},
		{"bulk-done", func(t *testing.T, w, h int) *desk {
			q := seven()
			q.decideErr["REQ0010039"] = &workflow.Conflict{Number: "REQ0010039", Decided: true, State: "closed_rejected", By: "omar", At: noon}
			d := sit(t, q, w, h)
			d.press("space", "space", "d", "right", "tab", "tab", "tab", "enter")
			return d
		}},
		{"all", func(t *testing.T, w, h int) *desk {
			q := seven()
			q.cases["REQ0010042"].Request.State = "in_process"
			q.cases["REQ0010037"].Request.State = "closed_rejected"
			q.cases["REQ0010036"].Request.RequestedBy = "dana"
			d := sit(t, q, w, h)
			d.run(d.tab.SetView(1))
			d.rest()
			return d
		}},
		{"filter", func(t *testing.T, w, h int) *desk {
			d := sit(t, seven(), w, h)
			d.press("/", "r", "e", "q", ":", "x")
			return d
		}},
		{"raw", func(t *testing.T, w, h int) *desk {
			q := seven()
			q.cases["REQ0010042"].Request.Target.Title = "рrod-db-01\u202e"
			d := sit(t, q, w, h)
			d.press("v")
			return d
		}},
		{"security", func(t *testing.T, w, h int) *desk { return sit(t, withEndpoint(), w, h) }},
		{"empty", func(t *testing.T, w, h int) *desk { return sit(t, &queue{}, w, h) }},
		{"error", func(t *testing.T, w, h int) *desk {
			return sit(t, &queue{requestsErr: errors.New("read the waiting requests: database is locked")}, w, h)
		}},
	}...) {
		for _, size := range sizes {
			t.Run(tt.name+" "+size.name, func(t *testing.T) {
				t.Parallel()
				got := tt.make(t, size.width, size.height).screen()
				path := filepath.Join("testdata", tt.name+"-"+size.name+".golden")
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("screen =\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// openFirst opens the decision on the first row, reading on as far as needed.
func (d *desk) openFirst(key string) {
	if !d.tab.split.Both {
		d.press("enter")
	}
	for range 10 {
		d.press(key)
		if !d.tab.stack.Empty() {
			return
		}
		d.press("pgdown", "J", "J", "J")
	}
	d.t.Fatalf("%s opens nothing: %q\n%s", key, d.lastNotice(), d.screen())
}
