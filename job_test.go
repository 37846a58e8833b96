package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/vaultclient/vaultsim"
)

// guard is longer than a dialog of consent waits before it takes a confirming
// key (DESIGN 6).
const guard = 600 * time.Millisecond

// simulator looks behind the vault of a running demo.
type simulator struct {
	t     *testing.T
	URL   string `json:"url"`
	Token string `json:"token"`
}

func openSimulator(t *testing.T, path string) *simulator {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &simulator{t: t}
	if err := json.Unmarshal(b, s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *simulator) get(what string, into any) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+"/__sim/"+what, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("X-Sim-Token", s.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

var requestNumber = regexp.MustCompile(`(REQ[0-9]{7}) is submitted`)

// TestTheWholeJob plays the main job by keyboard alone: a requestor describes a
// record and asks to edit it for 4 h, an approver lowers that to view, an admin
// finds the record and runs the plan, the requestor gives the access back. The
// vault's own ledger then holds one grant and one revoke of that record.
func TestTheWholeJob(t *testing.T) {
	t.Parallel()
	for _, size := range []struct {
		name          string
		width, height int
	}{{"120x36", 120, 36}, {"80x24", 80, 24}} {
		t.Run(size.name, func(t *testing.T) {
			t.Parallel()
			control := filepath.Join(t.TempDir(), "control.json")
			term := startTerminal(t, size.width, size.height, "demo", "--as", "requestor", "--control", control)
			term.wait("Request access to record")
			sim := openSimulator(t, control)
			number := term.order("the live stripe key of the web shop")
			term.be("dana")
			term.lowerAndApprove(number)
			term.be("priya")
			term.fulfil(number)
			granted := time.Now()
			term.be("alice")
			term.giveBack()
			sim.checkJob(granted)
			term.press("q")
			if err := term.quit(); err != nil {
				t.Errorf("the program ended with %v", err)
			}
		})
	}
}

// be changes the person inside the demo.
func (term *terminal) be(login string) {
	term.t.Helper()
	term.press("P")
	term.wait("be " + login)
	term.typed(login)
	term.press("enter")
	term.wait(login)
	term.gone("be " + login)
}

// order asks for edit, 4 h, on a record described in words, and returns the
// request's number.
func (term *terminal) order(described string) string {
	term.t.Helper()
	term.press("enter")
	term.wait("Find it")
	term.press("ctrl+t")
	term.typed(described)
	term.press("tab", "tab")
	term.press("right")
	term.press("tab", "tab")
	term.typed("INC0012345: restore the web shop's payments")
	term.press("tab")
	term.wait("Review")
	term.press("enter")
	term.wait("Review: request access")
	term.confirm("Submit")
	term.wait("is submitted", "alice@example.com asks for edit")
	number := requestNumber.FindStringSubmatch(term.text())
	if number == nil {
		term.t.Fatalf("no number on the screen:\n%s", term.text())
	}
	term.press("esc")
	term.gone("is submitted")
	return number[1]
}

// find filters the list in front for a request's number, and waits for its row: what
// is typed into the filter says the number as well, while rows are still read.
func (term *terminal) find(number string) {
	term.t.Helper()
	row := regexp.MustCompile(`▌[^\n/]*` + number)
	term.press("/", "ctrl+u")
	term.typed("number:" + number)
	term.press("enter")
	term.until("only the row of "+number, func(s string) bool {
		tasks := strings.Contains(s, "SCTASK") // whose rows do not name the request
		return (row.MatchString(s) || tasks && strings.Contains(s, "1 fit")) && strings.Count(s, "REQ") <= 4
	})
}

// lowerAndApprove reads the evidence, lowers edit to view and approves with a
// comment.
func (term *terminal) lowerAndApprove(number string) {
	term.t.Helper()
	term.wait("waiting for you")
	term.find(number)
	term.wait("the live stripe key")
	term.press("enter")
	term.wait("Asks")
	for range 6 {
		term.press("pgdown")
	}
	term.press("a")
	term.wait("Approve " + number)
	term.press("left")
	term.wait("gets view")
	term.press("tab", "tab")
	term.typed("looking is enough")
	term.confirm("Approve")
	term.wait(number + " approved")
	term.press("esc")
}

// fulfil takes the task, picks the record by search, reads the plan and runs it.
func (term *terminal) fulfil(number string) {
	term.t.Helper()
	term.wait("SCTASK")
	term.find(number)
	term.press("t")
	term.wait("you")
	term.press("f")
	term.wait("s search")
	term.press("s")
	term.typed("stripe-live")
	term.wait("found")
	term.press("enter")
	term.wait("f runs the plan")
	term.press("f")
	term.wait("give alice@example.com view")
	term.confirm("Run the plan")
	term.wait("complete")
	term.press("esc")
}

// giveBack finds the access and ends it.
func (term *terminal) giveBack() {
	term.t.Helper()
	term.press("]", "]")
	term.wait("stripe-live")
	term.press("/")
	term.typed("stripe-live")
	term.press("enter")
	term.gone("bastion-01")
	term.press("x")
	term.wait("Give back stripe-live")
	term.confirm("Give back")
	term.wait("stripe-live is given back")
	term.wait("ended early")
}

// checkJob holds what was done in the vault against what was approved.
func (s *simulator) checkJob(granted time.Time) {
	s.t.Helper()
	var ledger []vaultsim.Entry
	s.get("ledger", &ledger)
	var done []vaultsim.Entry
	for _, e := range ledger {
		if e.User == "alice@example.com" {
			done = append(done, e)
		}
	}
	if len(done) != 2 || done[0].Kind != vaultsim.Grant || done[1].Kind != vaultsim.Revoke || done[0].Record != done[1].Record {
		s.t.Fatalf("the ledger holds %+v, want one grant and one revoke", done)
	}
	if left := done[0].Expires.Sub(granted); done[0].Rights != "view" || left < 4*time.Hour-2*time.Minute || left > 4*time.Hour {
		s.t.Errorf("granted %s, ending %s after it", done[0].Rights, left)
	}
	var commands []vaultsim.Command
	s.get("commands", &commands)
	for _, c := range commands {
		if strings.HasPrefix(c.Text, "search") && c.Text != "search --format=json '*'" && c.Text != "search --format=json zzzz" {
			s.t.Errorf("the vault was searched: %s", c.Text)
		}
		if strings.Contains(c.Text, "live stripe key") {
			s.t.Errorf("what a person typed reached the vault: %s", c.Text)
		}
	}
}
