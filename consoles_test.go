package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/cli"
)

// TestTwoConsolesDecideOnce opens the same request in two consoles of two
// people. Both have the decision in front of them; one wins, the other reads who
// was first and when.
func TestTwoConsolesDecideOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	queue, conf := filepath.Join(dir, "queue"), filepath.Join(dir, "config.toml")
	text := fmt.Sprintf("[store]\ndir = %q\n\n[vault]\nurl = \"http://127.0.0.1:9\"\n", queue)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// The demo's dana, and whoever runs this test, who is added to a kept demo
	// with every role.
	dana := startTerminal(t, 120, 36, "demo", "--as", "approver", "--keep", queue)
	dana.wait("waiting for you", "prod-db-01")
	second := startTerminal(t, 120, 36, "--config", conf)
	second.wait("Approvals")
	second.press("2")
	second.wait("waiting for you")

	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	number := waitingFor(t, conf, me.Username, "github-deploy-key")
	for _, term := range []*terminal{dana, second} {
		term.find(number)
		term.wait("github-deploy-key", "Asks")
		term.press("enter")
		for range 6 {
			term.press("pgdown")
		}
		term.press("d")
		term.wait("Deny " + number)
	}
	for _, term := range []*terminal{second, dana} {
		term.settle(guard)
		term.deny()
	}
	second.wait(number + " denied")
	// The first one is the operating system's user, whose name the other reads.
	dana.wait("denied by "+me.Username, "Outcome")
	if strings.Contains(dana.text(), "dana denied") {
		t.Errorf("both decided:\n%s", dana.text())
	}
}

// TestWhoIsDisabledReadsItAndLeaves has an admin disable, on the page of people, whoever
// runs this test, whose console is open.
func TestWhoIsDisabledReadsItAndLeaves(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	queue, conf := filepath.Join(dir, "queue"), filepath.Join(dir, "config.toml")
	text := fmt.Sprintf("[store]\ndir = %q\n\n[vault]\nurl = \"http://127.0.0.1:9\"\n", queue)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	priya := startTerminal(t, 120, 36, "demo", "--as", "admin", "--keep", queue, "--requests", least)
	priya.wait("SCTASK")
	mine := startTerminal(t, 80, 24, "--config", conf)
	mine.wait("Appr")
	mine.press("2")
	mine.wait("Waiting")

	priya.press(":")
	priya.typed("People")
	priya.press("enter")
	priya.wait("LOGIN", "ROLES")
	priya.press("/")
	priya.typed("login:" + me.Username)
	priya.press("enter")
	priya.wait("1 of ", "@example.com")
	priya.press("x")
	priya.wait("Disable "+me.Username, "Open sessions end at once")
	priya.typed("moved to another team")
	priya.confirm("Disable")
	priya.wait(me.Username + " is disabled")

	mine.wait("Your account is disabled", "An admin has disabled "+me.Username)
	mine.press("enter")
	if err := mine.quit(); err != nil {
		t.Errorf("the console ended with %v", err)
	}
}

// waitingFor is the number of the request for a title that waits for somebody.
func waitingFor(t *testing.T, conf, login, title string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), cli.Invocation{Args: []string{"list", "waiting", title, "--json", "--config", conf}, In: &bytes.Buffer{}, Out: &out, Err: &errs,
		Env: func(string) (string, bool) { return "", false }, Login: func() (string, error) { return login, nil }, Now: time.Now, Zone: time.UTC})
	var found []struct{ Number string }
	if err := json.Unmarshal(out.Bytes(), &found); err != nil || code != cli.CodeOK || len(found) != 1 {
		t.Fatalf("exit code %d, %v: %s%s", code, err, &out, &errs)
	}
	return found[0].Number
}

// deny writes a reason and confirms.
func (term *terminal) deny() {
	term.t.Helper()
	term.press("tab")
	term.typed("too broad for this")
	term.settle(guard)
	term.press("tab", "tab") // not by its name: somebody else may have been first
	term.consent()
}
