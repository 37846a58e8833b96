package main

import (
	"strings"
	"testing"
)

// tour is a way through the screens of a tab, and through their dialogs. No dialog is
// confirmed: afterwards nearly everything is as before.
type tour struct{ name, stops string }

// tours are played one after the other. Each begins with the key of its tab, and ends
// on the first of its views.
func tours() []tour {
	return []tour{{"approvals", `
		1      KIND ITEM WHAT YOU GET
		2      DUE NUMBER WHO WANTS
		enter  esc back
		v      as it is stored
		esc    DUE NUMBER WHO WANTS
		a      may be lowered, never raised
		esc    a approve d deny
		]      STATE NUMBER WHO WANTS
		]      STATE DECIDED NUMBER
		]      REVIEW USED NUMBER
		]      DUE NUMBER WHO WANTS`,
	}, {"logs", `
		5      TIME LEVEL COMPONENT
		enter  esc back
		esc    enter open
		l      esc drop the filter
		esc    no esc drop the filter
		]      ENTRY TIME WHO WHAT OBJECT
		enter  esc back
		esc    enter open
		]      TIME COMMAND WAIT RUN HTTP
		enter  esc back
		esc    enter open
		]      STATE WHAT FINDING
		enter  esc back
		esc    enter open
		]      WHAT KEPT
		enter  esc back
		esc    enter open`,
	}, {"decisions", `
		1      KIND ITEM WHAT YOU GET
		2      DUE NUMBER WHO WANTS
		a      may be lowered, never raised
		tab    ▌ For
		esc    a approve d deny
		d      not needed for the task
		tab    ▌ Comment
		enter  pick a reason, or say why
		esc    a approve d deny
		c      everybody who sees the request can read it
		words  Comment words
		esc    a approve d deny
		i      The requestor answers it
		esc    a approve d deny
		m      Who shall decide
		esc    a approve d deny
		!      Approve alone, in an emergency
		esc    a approve d deny
		space  a approve the marked
		space  ✓58m
		a      Approve together
		esc    a approve the marked
		d      Deny together
		esc    a approve the marked
		esc    a approve d deny
		?      Behind /, beside words
		esc    a approve d deny
		/      enter keep filter
		words  Nothing fits the filter.
		esc    a approve d deny
		:      type what you want to do
		show   show Waiting /
		esc    a approve d deny`,
	}, {"decided", `
		1      KIND ITEM WHAT YOU GET
		2      DUE NUMBER WHO WANTS
		]      STATE NUMBER WHO WANTS
		enter  esc back
		v      as it is stored
		esc    STATE NUMBER WHO WANTS
		]      STATE DECIDED NUMBER
		enter  esc back
		v      as it is stored
		esc    STATE DECIDED NUMBER
		]      REVIEW USED NUMBER
		r      Say what you found
		esc    r review
		enter  esc back
		v      as it is stored
		esc    REVIEW USED NUMBER
		]      DUE NUMBER WHO WANTS`,
	}, {"catalog", `
		1      KIND ITEM WHAT YOU GET
		enter  Find it in the vault described in words
		esc    WHAT YOU GET
		j      ▌ Request access to folder
		G      ▌ Search folder
		enter  What you type stays in this program
		esc    WHAT YOU GET`,
	}, {"my requests", `
		2      DUE NUMBER WHO WANTS
		1      KIND ITEM WHAT YOU GET
		]      NUMBER WANTS STATE WAITS FOR
		c      Everybody who sees the request can read it.
		esc    e order again
		e      Find it in the vault
		esc    KIND ITEM WHAT YOU GET
		]      NUMBER WANTS STATE WAITS FOR
		e      Replace what you had begun?
		esc    e order again
		j      ▌ REQ0010048
		x      its work is not done any more
		esc    x withdraw
		enter  esc back
		v      as it is stored
		esc    NUMBER WANTS STATE WAITS FOR
		[      KIND ITEM WHAT YOU GET`,
	}, {"my access", `
		2      DUE NUMBER WHO WANTS
		1      KIND ITEM WHAT YOU GET
		[      LEFT WHAT SINCE UNTIL STATE
		e      which gave the access so far
		esc    KIND ITEM WHAT YOU GET
		[      LEFT WHAT SINCE UNTIL STATE
		x      Give back
		esc    e extend
		enter  esc back
		esc    LEFT WHAT SINCE UNTIL STATE
		n      KIND ITEM WHAT YOU GET`,
	}, {"tasks", `
		3      NUMBER REQUEST WHAT FOR LIMIT STATE
		enter  esc back
		v      as it is stored
		esc    no as it is stored
		esc    NUMBER REQUEST WHAT FOR LIMIT STATE
		c      work note comment close complete
		esc    c note, close
		j      ▌ SCTASK0010023
		j      ▌ SCTASK0010024
		t      Mine 3`,
	}, {"my tasks", `
		1      KIND ITEM WHAT YOU GET
		3      NUMBER REQUEST WHAT FOR LIMIT STATE
		]      3 taken by you
		j      ▌ SCTASK0010025
		f      s search the vault
		s      a part of the folder's name
		esc    s search the vault
		esc    NUMBER REQUEST WHAT FOR LIMIT STATE
		c      work note comment close complete
		esc    c note, close
		j      ▌ SCTASK0010037
		enter  R look again
		v      as it is stored
		esc    no as it is stored
		esc    NUMBER REQUEST WHAT FOR LIMIT STATE`,
	}, {"done tasks and grants", `
		1      KIND ITEM WHAT YOU GET
		3      NUMBER REQUEST WHAT FOR LIMIT STATE
		]      complete
		enter  esc back
		v      as it is stored
		esc    no as it is stored
		esc    NUMBER REQUEST WHAT FOR
		]      SINCE REQUEST WHAT FOR SO FAR NEXT
		enter  tab to the list
		esc    enter open
		]      LEFT WHO HAS UNTIL REQUEST STATE
		x      what has to be done is planned
		esc    x revoke
		enter  esc back
		v      as it is stored
		esc    no as it is stored
		esc    LEFT WHO HAS UNTIL REQUEST STATE
		n      Name a record or a folder
		esc    x revoke`,
	}, {"endpoints", `
		4      LEFT WHO@MACHINE RUNS KIND INCIDENT
		enter  esc back
		v      as it is stored
		esc    no as it is stored
		esc    LEFT WHO@MACHINE RUNS KIND INCIDENT
		a      what is run is not reported
		esc    a approve d deny
		d      unknown program
		esc    a approve d deny
		*      a approve the marked
		a      Approve together
		esc    a approve the marked
		d      Deny together
		esc    a approve the marked
		esc    a approve d deny`,
	}, {"devices", `
		1      KIND ITEM WHAT YOU GET
		4      LEFT WHO@MACHINE RUNS KIND INCIDENT
		]      ASKED E-MAIL DEVICE LOCATION STATE
		enter  esc back
		v      as it is stored
		esc    no as it is stored
		esc    ASKED E-MAIL DEVICE LOCATION STATE
		a      may use the device
		esc    a approve d deny
		d      may not use the device
		esc    a approve d deny
		w      No device here.
		w      a approve d deny`,
	}, {"endpoints decided, incidents", `
		1      KIND ITEM WHAT YOU GET
		4      ASKED E-MAIL DEVICE LOCATION STATE
		]      ENDED OUTCOME WHO@MACHINE RUNS
		enter  esc back
		v      as it is stored
		esc    no as it is stored
		esc    ENDED OUTCOME WHO@MACHINE RUNS
		]      NUMBER STATE PRIO WHO@MACHINE REQUEST ASSIGNED
		enter  esc back
		v      as it is stored
		esc    no as it is stored
		esc    NUMBER STATE PRIO WHO@MACHINE REQUEST ASSIGNED
		t      Empty gives it to nobody.
		esc    t assign c note
		c      Everybody who sees incidents can read it.
		esc    t assign c note`,
	}, {"people", `
		2       DUE NUMBER WHO WANTS
		:       type what you want to do
		People  ▌ People
		enter   LOGIN STATE ROLES GROUPS KEYS TASKS
		n       as the system knows them
		esc     n new person
		e       space takes or leaves one
		esc     n new person
		x       Open sessions end at once
		esc     n new person
		enter   no LOGIN STATE ROLES
		esc     LOGIN STATE ROLES
		G       ▌ casey
		d       Have somebody act for
		esc     n new person
		]       GROUP DOES CAN MEMBERS
		enter   no GROUP DOES CAN MEMBERS
		esc     GROUP DOES CAN MEMBERS
		]       WHOSE SAY ACTS STATE FROM UNTIL
		enter   no WHOSE SAY ACTS STATE
		esc     WHOSE SAY ACTS STATE
		x       End it now?
		esc     x end it
		]       TOLD NUMBER WHAT
		esc     DUE NUMBER WHO WANTS`,
	}, {"notices", `
		N      TOLD NUMBER WHAT
		enter  Request access to record
		esc    DUE NUMBER WHO WANTS
		N      TOLD NUMBER WHAT
		s      You were told nothing new.
		esc    DUE NUMBER WHO WANTS`,
	}}
}

// stop is a key, and words of ours that it brings onto the screen, where they were not
// before: it has led where the tour is said to go.
type stop struct {
	key, words string
	gone       bool // the words were there, and are not any more
}

func (r tour) each(t *testing.T) []stop {
	t.Helper()
	var all []stop
	for line := range strings.Lines(strings.TrimSpace(r.stops)) {
		key, words, _ := strings.Cut(strings.TrimSpace(line), " ")
		s := stop{key: key}
		if s.words, s.gone = strings.CutPrefix(strings.TrimSpace(words), "no "); s.words == "" {
			t.Fatalf("%s: nothing is looked for after %q", r.name, key)
		}
		all = append(all, s)
	}
	return all
}

// reached reports whether a screen is what a stop leads to.
func (s stop) reached(screen string) bool {
	return strings.Contains(strings.Join(strings.Fields(screen), " "), s.words) != s.gone
}
