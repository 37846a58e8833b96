package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestWholeJobLineByLine orders, approves, carries out, gives back, on pipes and
// in a terminal that can place no text, without a single control character.
func TestWholeJobLineByLine(t *testing.T) {
	t.Parallel()
	for _, tty := range []bool{false, true} {
		t.Run(map[bool]string{false: "on pipes", true: "in a dumb terminal"}[tty], func(t *testing.T) {
			t.Parallel()
			args := []string{"demo", "--as", "requestor", "--requests", least}
			if !tty { // there, TERM says it
				args = append(args, "--plain")
			}
			k := startTalk(t, tty, args...)
			k.wait("line by line. You are alice")
			k.awaitVault()
			number := k.order()
			k.approve(number)
			k.carryOut(number)
			k.giveBack(number)
			for _, r := range k.quit() {
				if r < ' ' && r != '\n' && (!tty || r != '\r') {
					t.Fatalf("it printed %q", r)
				}
			}
		})
	}
}

// awaitVault waits until the worker has reached the vault service.
func (k *talk) awaitVault() {
	k.t.Helper()
	for {
		if k.do("status", "Vault: "); strings.HasPrefix(k.wait("."), "connected") {
			return
		}
	}
}

// order orders access to a record, corrects what is wrong on the way, and returns
// the request's number.
func (k *talk) order() string {
	k.t.Helper()
	k.do("order", "order record-access")
	k.do("order record-access", "Search the records:")
	k.say("prod-db")
	k.wait("Which one")
	k.say("1")
	k.wait("For whom")
	k.say("")
	k.wait("Rights, one of these")
	k.say("everything")
	k.wait("everything is none of them")
	k.say("edit")
	k.wait("How long")
	k.say("90 d")
	k.wait("How long")
	k.say("4 h")
	k.wait("Rotate")
	k.say("")
	k.wait("Why")
	k.say("short")
	k.wait("Why")
	k.say("INC0012345: move the dashboards to the new host")
	review := k.confirm()
	for _, want := range []string{"You order: Request access to record", "Rights: edit, 4 h", "Why: INC0012345: move the dashboards", "Will do: "} {
		if !strings.Contains(review, want) {
			k.t.Errorf("the review lacks %q:\n%s", want, review)
		}
	}
	return k.number("REQ", k.wait("is ordered"))
}

// approve tries what must not approve, and then approves.
func (k *talk) approve(number string) {
	k.t.Helper()
	k.do("person dana", "You are dana")
	k.do("list waiting requestor:alice", number)
	k.do("open "+number, "You can: comment, approve, deny")
	// Everything is typed before it is asked: the questions take it, the
	// confirmation does not.
	k.wait("countersign> ")
	k.say("approve", "", "", "looks right", "approve 1234", "yes", "approve")
	k.wait("What was typed before this question is thrown away")
	k.wait("Anything else means no:")
	k.say("approve")
	k.wait("Nothing was done")

	k.do("approve "+number, "Right:")
	k.say("")
	k.wait("How long")
	k.say("8 h")
	k.wait("How long")
	k.say("2 h")
	k.wait("Comment")
	k.say("for the move")
	evidence := k.confirm()
	for _, want := range []string{number, "alice@example.com", "Allowed: edit, 2 h", "move the dashboards", "Will do: ", "Your comment: for the move"} {
		if !strings.Contains(evidence, want) {
			k.t.Errorf("the evidence lacks %q:\n%s", want, evidence)
		}
	}
	k.wait(number + " approved")
}

func (k *talk) carryOut(number string) {
	k.t.Helper()
	k.do("person priya", "You are priya")
	k.do("open "+number, "SCTASK")
	k.do("take", "is yours")
	k.do("plan", "Step 1: ")
	k.do("run", "Step 1: ")
	k.confirm()
	k.wait("done: ")
	k.wait("is complete.")
}

func (k *talk) giveBack(number string) {
	k.t.Helper()
	k.do("person alice", "You are alice")
	list := k.do("list access", number)
	row := 0
	if _, err := fmt.Sscanf(list[strings.LastIndex(list, "\n")+1:], "%d.", &row); err != nil {
		k.t.Fatalf("%s is not listed:\n%s", number, list)
	}
	k.do(fmt.Sprintf("give-back %d", row), "Reason")
	k.say("")
	k.confirm()
	k.wait("done: ")
}

// TestRestOfTheConsoleLineByLine does what the whole job leaves out: endpoint
// requests, devices, questions, secrets, links, more time, logs.
func TestRestOfTheConsoleLineByLine(t *testing.T) {
	t.Parallel()
	k := startTalk(t, false, "demo", "--plain", "--as", "approver", "--requests", least)
	k.wait("You are dana")
	k.awaitVault()
	k.security()
	number := k.ordersSecret(true)
	k.askAndReply(number)
	k.link()
	k.support()
	if said := k.quit(); strings.Contains(said, secretCanary) {
		t.Error("the secret was printed")
	}
}

// secretCanary is a password that somebody types.
const secretCanary = "correct-horse-canary-9"

// security decides an endpoint request and a device.
func (k *talk) security() {
	k.t.Helper()
	for !strings.HasPrefix(k.do("list endpoints", "\n\n")[len("list endpoints\n"):], "1. SIR") {
		// The worker is still reading them.
	}
	k.do("open 1", "You can: ")
	k.do("deny", "Reason")
	k.say("2")
	k.wait("And, more about it")
	k.say("not from us")
	evidence := k.confirm()
	for _, want := range []string{"Username", "CommandLine", "Your comment: unknown program: not from us"} {
		if !strings.Contains(evidence, want) {
			k.t.Errorf("the evidence lacks %q:\n%s", want, evidence)
		}
	}
	k.wait("; open tells what the vault says")
	k.do("list devices", "1. ")
	k.do("approve 1", "Comment")
	k.say("")
	k.confirm()
	k.wait("; open tells what the vault says")
	k.do("verify", "There is no command verify")
	k.do("list incidents", "1. SIR")
	k.do("list waiting sort:oldest", "2. ")
	k.do("list waiting sort:best", "best is no order of it")
	k.do("list waiting", "\n2. ")
	second := k.number("REQ", k.wait(","))
	k.wait("\n3. ")
	third := k.number("REQ", k.wait(","))
	k.do("deny 2 3 2", "Reason")
	k.say("1")
	k.wait("And, more about it")
	k.say("")
	both := k.confirm()
	for _, want := range []string{second, third, "These are 2 requests.", "Your comment: not needed for the task"} {
		if !strings.Contains(both, want) {
			k.t.Errorf("the evidence of two lacks %q:\n%s", want, both)
		}
	}
	k.wait(second + " denied")
	k.wait(third + " denied")
	k.do("list incidents", "1. SIR")
	k.do("take 1", "yours")
	k.do("note 1", "Note on the incident")
	k.say("asked the owner")
	k.wait("Kept with")
}

// TestTypedSecretIsNotShownOnATerminal types one where the terminal would show it.
func TestTypedSecretIsNotShownOnATerminal(t *testing.T) {
	t.Parallel()
	k := startTalk(t, true, "demo", "--plain", "--as", "requestor", "--requests", least)
	k.wait("You are alice")
	k.ordersSecret(false)
	k.do("list mine", "Crash reports")
	if said := k.quit(); strings.Contains(said, secretCanary) {
		t.Error("the secret was shown")
	}
}

// ordersSecret orders a login with a typed password, which the person is told they
// can see, or not.
func (k *talk) ordersSecret(seen bool) string {
	k.t.Helper()
	if seen {
		k.do("person alice", "You are alice")
	}
	k.do("order login", "Title")
	k.say("Crash reports")
	k.wait("User name")
	k.say("deploy")
	k.wait("Password, an empty line: generated in the vault")
	k.say("type")
	if seen {
		k.wait("What you type can be seen here")
	}
	k.wait("unless you type one")
	k.say(secretCanary)
	k.wait("Address")
	k.say("not an address")
	k.wait("Address")
	k.say("https://crash.example.com")
	k.wait("Two-factor seed")
	k.say("")
	k.wait("Self-destruct")
	k.say("")
	k.wait("Folder")
	k.say("")
	k.wait("Share with me")
	k.say("view")
	k.wait("Why")
	k.say("PLAT-8127: the new build server")
	review := k.confirm()
	for _, want := range []string{"Title: Crash reports", "Password: sealed, only the worker can read it", "Share with me: view"} {
		if !strings.Contains(review, want) {
			k.t.Errorf("the review lacks %q:\n%s", want, review)
		}
	}
	return k.number("REQ", k.wait("is ordered"))
}

func (k *talk) askAndReply(number string) {
	k.t.Helper()
	k.do("person dana", "You are dana")
	k.do("ask "+number, "Question")
	k.say("for which host?")
	k.wait("alice is asked")
	k.do("person alice", "notices reads it")
	k.do("notices", "dana asks about "+number)
	k.do("reply "+number, "dana asks: for which host?")
	k.say("for build-07")
	k.wait("answered")
	k.do("comment "+number, "Comment")
	k.say("thank you")
	k.wait("Kept with")
	k.do("withdraw "+number, "Reason")
	k.say(".")
	k.wait("Nothing was done")
	k.do("withdraw "+number, "Reason")
	k.say("not needed")
	k.confirm()
	k.wait("is withdrawn")
}

// link orders a one-time link, has it made, and shows it.
func (k *talk) link() {
	k.t.Helper()
	k.do("order one-time-share", "Search the records")
	k.say("grafana-nothing-like-it")
	k.wait("No record fits")
	k.say("bastion")
	k.wait("Which one")
	k.say("1")
	k.wait("Rights")
	k.say("view")
	k.wait("How long")
	k.say("1 d")
	k.wait("Why")
	k.say("INC0012345: for the auditor tonight")
	k.confirm()
	number := k.number("REQ", k.wait("is ordered"))
	k.do("link "+number+" --reveal", "has no one-time link")
	k.do("person dana", "You are dana")
	k.do("approve "+number, "How long")
	k.say("")
	k.wait("Comment")
	k.say("")
	k.confirm()
	k.wait("approved")
	k.do("person priya", "You are priya")
	k.do("take "+number, "is yours")
	k.do("run "+number, "Step 1: ")
	k.confirm()
	k.wait("is complete.")
	k.do("person alice", "You are alice")
	k.do("link "+number, "It waits for who has asked for it")
	k.do("link "+number+" --reveal", "https://")
	k.wait("Type have once you have it")
	k.say("no")
	k.wait("It still waits")
	k.do("link "+number+" --reveal", "https://")
	k.wait("Type have once you have it")
	k.say("have")
	k.wait("not kept here any more")
	k.do("link "+number+" --reveal", "\n")
	k.do("countersign list mine --json", `"number": "`+number+`"`)
	k.do("countersign approve "+number, "--digest is needed")
}

// support reads what support sees, and can do nothing else.
func (k *talk) support() {
	k.t.Helper()
	k.do("person samir", "You are samir")
	for _, view := range []string{"application", "audit", "vault", "support", "privacy"} {
		k.do("list "+view, "1. ")
		k.do("open 1", ": ")
	}
	k.do("follow", "An empty line ends it")
	k.say("")
	k.do("verify", "The audit chain is whole")
	k.do("approve REQ0010001", "There is no command approve here")
	k.do("list waiting", "There is no list waiting here")
	k.do("list requestor:", "There is no list requestor: here")
}

// TestDecisionLineByLineOverSSH denies through OpenSSH, without a terminal and in
// one that can place no text.
func TestDecisionLineByLineOverSSH(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	for _, tty := range []bool{false, true} {
		cmd := o.client("dana", map[bool]string{false: "-T", true: "-tt"}[tty], "dana@127.0.0.1")
		cmd.Env = append(os.Environ(), "TERM=dumb")
		k := talkWith(t, cmd, tty)
		k.wait("You are dana")
		k.do("list waiting", "1. ")
		number := k.number("REQ", k.wait(","))
		k.do("open 1", "You can: ")
		k.do("deny", "Reason")
		k.say("as agreed")
		if evidence := k.confirm(); !strings.Contains(evidence, number) || !strings.Contains(evidence, "Your comment: as agreed") {
			t.Errorf("the evidence is\n%s", evidence)
		}
		k.wait(number + " denied")
		k.do("countersign backup /tmp/never", "acts on the host")
		k.quit()
	}
}
