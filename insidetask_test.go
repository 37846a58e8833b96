package main

import (
	"fmt"
	"maps"
	"os"
	"testing"

	"countersign/vaultclient/vaultsim"
)

// TestWhatAdminsDoInsideTasks makes a record inside a task and uses it, changes
// the record that a task is about, and takes access that was not granted here.
func TestWhatAdminsDoInsideTasks(t *testing.T) {
	t.Parallel()
	sizes := [][2]int{{120, 36}}
	if os.Getenv("COUNTERSIGN_HEAVY") != "" {
		sizes = append(sizes, [2]int{80, 24})
	}
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			p := startPlay(t, size[0], size[1])
			wanted := p.submit("Request access to record", []filled{{row: "Find it", right: 1, below: true, text: "the log-in of the new scanner"}})
			known := p.submit("Request access to record", []filled{{row: "Record", text: "zoom-admin", pick: true}})
			p.be("dana")
			p.wait("waiting for you")
			p.approve(wanted)
			p.approve(known)
			p.be("priya")
			p.makeAndUse(wanted)
			p.change(known)
			p.take()
			p.findNone()
		})
	}
}

func (p *play) makeAndUse(number string) {
	const secret = "cnry-Made-in-a-task"
	p.open(number, "n new record")
	p.press("n")
	p.wait("A new record for " + number)
	p.fill(filled{row: "Title", text: "Scanner"}, filled{row: "User name", text: "scan"}, filled{row: "Password", right: 2, below: true, text: secret})
	p.watch(secret)
	p.confirm("See the plan")
	done := p.finish("Make it", "give alice@example.com view")
	if len(done) != 2 || done[0].Kind != vaultsim.RecordAdd || done[1].Kind != vaultsim.Grant || done[1].Record != done[0].Record || done[1].User != "alice@example.com" {
		p.t.Fatalf("the ledger holds %+v", done)
	}
	want := map[string]string{"title": "Scanner", "type": "login", "login": "scan", "password": secret, "text.request_id": number}
	if held := content(p.t, done[0].Content); !maps.Equal(held, want) {
		p.t.Errorf("the record holds %q, want %q", held, want)
	}
}

func (p *play) change(number string) {
	const secret = "cnry-Changed-in-a-task"
	p.open(number, "e change the record")
	p.press("e")
	p.wait("Change zoom-admin", "User name")
	p.fill(filled{row: "User name", text: "-new"}, filled{row: "Password", right: 3, below: true, text: secret})
	p.watch(secret)
	p.confirm("See the plan")
	p.wait("Password: held → sealed")
	done := p.run("Change it", "User name: it-admin@example.com → it-admin@example.com-new")
	if len(done) != 1 || done[0].Kind != vaultsim.RecordUpdate {
		p.t.Fatalf("the ledger holds %+v", done)
	}
	held := content(p.t, done[0].Content)
	if held["title"] != "zoom-admin" || held["login"] != "it-admin@example.com-new" || held["password"] != secret {
		p.t.Errorf("the record holds %q", held)
	}
	// The task is about giving access still.
	p.wait("f runs the plan", "e change the record")
	done = p.carryOut("give alice@example.com view")
	if len(done) != 1 || done[0].Kind != vaultsim.Grant || done[0].User != "alice@example.com" {
		p.t.Errorf("the ledger holds %+v", done)
	}
}

func (p *play) take() {
	p.press("esc")
	p.wait("NUMBER  ")
	p.press("[")
	p.wait("n take access")
	p.press("n")
	p.wait("Name a record or a folder")
	p.fill(filled{row: "On", text: "core-switch-01", pick: true})
	p.confirm("See who has it")
	p.wait("Take core-switch-01 from", "ivan@example.com")
	p.press("space")
	p.fill(filled{row: "Reason", text: "he works elsewhere now"})
	p.confirm("Plan it")
	p.wait("f takes the access back")
	p.press("f")
	done := p.finish("Take it back", "ivan@example.com loses the share of core-switch-01")
	if len(done) != 1 || done[0].Kind != vaultsim.Revoke || done[0].User != "ivan@example.com" {
		p.t.Errorf("the ledger holds %+v", done)
	}
}
