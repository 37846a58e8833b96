package main

import (
	"strings"
	"testing"
)

// TestInsideATaskLineByLine makes a record for a request that only described one,
// and changes one before it is shared.
func TestInsideATaskLineByLine(t *testing.T) {
	t.Parallel()
	k := startTalk(t, false, "demo", "--plain", "--as", "requestor", "--requests", least)
	k.wait("You are alice")
	k.awaitVault()
	described, named := k.wants(""), k.wants("zoom-admin")
	k.do("person dana", "You are dana")
	for _, number := range []string{described, named} {
		k.do("approve "+number, "How long")
		k.say("")
		k.wait("Comment")
		k.say("")
		k.confirm()
		k.wait("approved")
	}
	k.do("person priya", "You are priya")
	k.makes(described)
	k.changes(named)
	if said := k.quit(); strings.Contains(said, secretCanary) {
		t.Error("a secret was printed")
	}
}

// wants orders access to a record that is searched, or else described.
func (k *talk) wants(title string) string {
	k.t.Helper()
	k.do("order record-access", "Search the records")
	k.say(title)
	if title == "" {
		k.wait("Describe the record")
		k.say("the log-in of the new scanner")
	} else {
		k.wait("Which one")
		k.say("1")
	}
	k.wait("For whom")
	k.say("")
	k.wait("Rights")
	k.say("view")
	k.wait("How long")
	k.say("4 h")
	k.wait("Rotate")
	k.say("")
	k.wait("Why")
	k.say("INC0012345: the scanner is new")
	k.confirm()
	return k.number("REQ", k.wait("is ordered"))
}

func (k *talk) makes(number string) {
	k.t.Helper()
	k.do("take "+number, "is yours")
	k.do("create", "Which kind of record")
	k.say("login")
	k.wait("Title")
	k.say("Scanner")
	k.wait("User name")
	k.say("scan")
	k.wait("Password, an empty line")
	k.say("type")
	k.wait("unless you type one")
	k.say(secretCanary)
	k.wait("Address")
	k.say("")
	k.wait("Two-factor")
	k.say("")
	k.wait("Folder")
	k.say("")
	plan := k.confirm()
	for _, want := range []string{`create "Scanner" (login)`, "User name: scan", "Password: sealed", "give alice@example.com view"} {
		if !strings.Contains(plan, want) {
			k.t.Errorf("the plan lacks %q:\n%s", want, plan)
		}
	}
	k.wait("is complete.")
}

func (k *talk) changes(number string) {
	k.t.Helper()
	k.do("take "+number, "is yours")
	k.do("change", "Title")
	k.say("")
	k.wait("User name, now it-admin@example.com")
	k.say("it-admin-new")
	k.wait("Password, yes to give another one")
	k.say("yes")
	k.wait("Password, an empty line")
	k.say("random 32")
	k.wait("Address")
	k.say("")
	k.wait("Two-factor")
	k.say("")
	k.wait("Notes")
	k.say("add")
	k.wait("The last line is a single dot")
	k.say(secretCanary, "second line", ".")
	plan := k.confirm()
	if !strings.Contains(plan, "User name: it-admin@example.com → it-admin-new") || !strings.Contains(plan, "Password: ") {
		k.t.Errorf("the plan is\n%s", plan)
	}
	k.wait("done: ")
	k.do("run", "Step 1: ")
	k.confirm()
	k.wait("is complete.")
}
