package plain

import (
	"slices"
	"strings"

	"countersign/ui/tab"
	"countersign/ui/widget"
)

// command is one thing that can be typed.
type command struct {
	name  string
	args  string
	about string
	tab   tab.Name // where the screens have it; 0 is everywhere
	run   func(s *session, args string) error
}

// commands are all commands, in the order in which help lists them.
func commands() []command {
	return []command{
		{"help", "[COMMAND]", "say what can be done here", 0, (*session).help},
		{"status", "", "say how the vault is and what waits for you", 0, func(s *session, _ string) error { s.status(); return nil }},
		{"list", "[VIEW] [FILTER]", "list a view; without one, say which there are", 0, (*session).listView},
		{"more", "", "go on with the list", 0, (*session).more},
		{"open", "ROW or NUMBER", "read everything that is known of it", 0, (*session).openSubject},
		{"raw", "", "read the texts of what is open as they are stored", 0, (*session).raw},

		{"order", "[ITEM]", "order something from the catalog", tab.Portal, (*session).order},
		{"search", "record or folder WORDS", "find a record or a folder of the vault", 0, (*session).search},
		{"comment", "[ROW or NUMBER]", "write a comment", 0, (*session).comment},
		{"withdraw", "[ROW or NUMBER]", "close a request of yours", tab.Portal, (*session).withdraw},
		{"link", "[ROW or NUMBER] [--reveal]", "say how the one-time link of a request is, or show it, once", tab.Portal, (*session).link},
		{"give-back", "[ROW]", "end access of yours", tab.Portal, (*session).giveBack},
		{"extend", "[ROW]", "ask for access again that is about to end", tab.Portal, (*session).extend},

		{"approve", "[ROW or NUMBER]...", "approve what you have read; several rows together", tab.Approvals, (*session).approve},
		{"deny", "[ROW or NUMBER]...", "deny it, and say why; several rows together", tab.Approvals, (*session).deny},

		{"ask", "[ROW or NUMBER]", "ask the requestor for information", tab.Approvals, (*session).askInfo},
		{"reassign", "[ROW or NUMBER]", "have another group decide", tab.Approvals, (*session).reassign},
		{"emergency", "[ROW or NUMBER]", "approve alone, in an emergency", tab.Approvals, (*session).emergency},
		{"review", "[ROW or NUMBER]", "look at what was approved in an emergency", 0, (*session).review},
		{"reply", "[ROW or NUMBER]", "answer what an approver has asked you", tab.Portal, (*session).reply},
		{"notices", "", "read what you were told", 0, (*session).notices},

		{"take", "[ROW or NUMBER]", "take a task from its group, or an incident", 0, (*session).take},
		{"release", "[ROW or NUMBER]", "give a task back to its group", tab.Tasks, (*session).release},
		{"pick", "[ROW or NUMBER]", "choose what a request only described", tab.Tasks, (*session).pick},
		{"plan", "[ROW or NUMBER]", "say what running a task would do", tab.Tasks, (*session).plan},
		{"run", "[ROW or NUMBER]", "carry out the plan of a task", tab.Tasks, (*session).runTask},
		{"create", "[ROW or NUMBER]", "make a record for a task and use it", tab.Tasks, (*session).create},
		{"change", "[ROW or NUMBER]", "change the record that a task is about", tab.Tasks, (*session).change},
		{"answer", "[ROW or NUMBER]", "answer a search that somebody asked for", tab.Tasks, (*session).answer},
		{"note", "[ROW or NUMBER]", "write a work note", 0, (*session).note},
		{"close", "[ROW or NUMBER]", "close a task or an incident by hand", 0, (*session).closeWork},
		{"reopen", "[ROW or NUMBER]", "open an incident again", tab.EPM, (*session).reopen},
		{"revoke", "[ROW]", "end somebody's access", tab.Tasks, (*session).revoke},
		{"look", "[ROW]", "look again now for an outcome that is not known", tab.Tasks, (*session).look},

		{"countersign", "COMMAND", "run a command of the program, as in a shell; countersign help lists them", 0, (*session).command},
		{"person", "LOGIN", "be somebody else, in a demo", 0, (*session).become},
		{"follow", "[NUMBER]", "print lines of the log as they come", tab.Logs, (*session).followLog},
		{"verify", "", "check the audit chain", tab.Logs, (*session).verify},
		{"quit", "", "leave", 0, func(*session, string) error { return errQuit }},
	}
}

// find finds a command that is open to the person, by its name or the beginning
// of it where that is plain.
func (s *session) find(name string) (command, bool) {
	var begin []command
	for _, c := range commands() {
		switch {
		case !s.offers(c):
		case c.name == name:
			return c, true
		case strings.HasPrefix(c.name, name):
			begin = append(begin, c)
		}
	}
	if len(begin) != 1 || decides(begin[0].name) {
		return command{}, false
	}
	return begin[0], true
}

// offers reports whether a command is open to the person.
func (s *session) offers(c command) bool {
	switch c.name {
	case "person":
		return s.opt.Personas != nil
	case "countersign":
		return s.opt.Command != nil
	}
	return s.opens(c.tab)
}

// become changes the person, in a demo.
func (s *session) become(login string) error {
	if !slices.Contains(s.opt.Personas, login) {
		return complain("There are %s.", strings.Join(s.opt.Personas, ", "))
	}
	me, err := s.svc.Actor(s.ctx, login)
	if err != nil {
		return err
	}
	s.me, s.list, s.open = me, nil, subject{}
	s.greet()
	return nil
}

// decides reports whether a command is written out, so that no slip leads to it.
func decides(name string) bool {
	return name == "approve" || name == "deny" || name == "revoke" || name == "emergency"
}

// unknown says that there is no such command, and what may have been meant. A
// number alone opens what it names.
func (s *session) unknown(name string) error {
	if _, err := s.subjectOf(name); err == nil {
		return s.openSubject(name)
	}
	var names []string
	for _, c := range commands() {
		if s.offers(c) {
			names = append(names, c.name)
		}
	}
	if meant := widget.Nearest(strings.ToLower(name), names); meant != "" {
		return complain("There is no command %s here. Did you mean %s?", name, meant)
	}
	return complain("There is no command %s here. help lists what there is.", name)
}

func (s *session) help(about string) error {
	all := commands()
	if about != "" {
		i := slices.IndexFunc(all, func(c command) bool { return c.name == about && s.offers(c) })
		if i < 0 {
			return s.unknown(about)
		}
		all = all[i : i+1]
	}
	for _, c := range all {
		if s.offers(c) {
			s.out.say("%s: %s", strings.TrimSpace(c.name+" "+c.args), c.about)
		}
	}
	if about == "" {
		s.out.say("ROW is the number of a row of the last list. Without one, what was opened last is meant.")
		s.out.say("A question is left with an empty line where nothing is needed, and with a single dot where everything is to be left.")
	}
	return nil
}
