package cli

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"countersign/config"
	"countersign/model"
	"countersign/ui"
	"countersign/ui/approvals"
	"countersign/ui/epm"
	"countersign/ui/logs"
	"countersign/ui/notify"
	"countersign/ui/people"
	"countersign/ui/portal"
	"countersign/ui/tab"
	"countersign/ui/tasks"
	"countersign/ui/theme"
	"countersign/workflow"
)

// errNoTerminal says that there is nothing to draw the console on.
var errNoTerminal = &usageError{"the console needs a terminal", "line by line it needs none: countersign --plain; for scripts there are: countersign list, show, approve, deny"}

// console opens the console on the configured queue.
func (a *app) console(ctx context.Context, _ []string) error {
	q, err := a.open(ctx)
	if err != nil {
		return err
	}
	err = a.openConsole(ctx, q)
	return errors.Join(err, q.close())
}

func (a *app) openConsole(ctx context.Context, q *queue) error {
	me, err := a.me(ctx, q)
	if err != nil {
		return err
	}
	opts := consoleOptions(ctx, q.svc, me, looks{ui: q.conf.UI, now: a.Now, zone: a.Zone, fulfil: fulfilGroups(q.conf), files: !a.Remote, log: q.logger("console"),
		way: wayOf(q.conf.UI.Notify, a.Env)})
	// A worker inside must not stand still with the console: others wait for it.
	opts.Suspend = q.conf.Worker.Mode != config.WorkerConsole && ui.CanStop()
	show := func() error { return a.show(ctx, q, opts) }
	if a.Remote || q.conf.Worker.Mode != config.WorkerConsole {
		return show()
	}
	vault, err := a.vaultOf(q.conf)
	if err != nil {
		return err
	}
	w, err := newWorker(q, vault)
	if err != nil {
		return err
	}
	return beside(ctx, w, q.logger(name), show)
}

// show runs a console on the terminal, or line by line where that is wanted.
func (a *app) show(ctx context.Context, q *queue, opts ui.Options) error {
	if a.plainly() {
		began := a.Now()
		err := a.showPlain(ctx, q, opts)
		a.logEnd(q, opts, began, err)
		return err
	}
	if !isTerminal(a.In) || !isTerminal(a.Out) {
		return errNoTerminal
	}
	a.spareMemory()
	return a.run(q, opts)
}

// spareMemory has the memory collected twice as often, unless somebody has said how
// often: a console holds little and rests most of the time, so that it costs nothing
// that is felt and keeps some MiB free.
func (a *app) spareMemory() {
	if _, set := a.Env("GOGC"); !set {
		debug.SetGCPercent(50)
	}
}

// wayOf is how the console calls somebody on a terminal.
func wayOf(wanted config.Notify, env config.Env) notify.Way {
	switch wanted {
	case config.NotifyOff:
		return notify.Off
	case config.NotifyBell:
		return notify.Bell
	}
	return notify.Detect(env)
}

// fulfilGroups are the groups whose members carry out what was approved.
func fulfilGroups(conf config.Config) []model.GroupName {
	var groups []model.GroupName
	for _, p := range conf.AllPolicies() {
		if !slices.Contains(groups, p.FulfilGroup) {
			groups = append(groups, p.FulfilGroup)
		}
	}
	return groups
}

// looks is what a console needs beside the service and the person.
type looks struct {
	ui     config.UI
	now    func() time.Time
	zone   *time.Location
	fulfil []model.GroupName
	way    notify.Way   // how somebody is called
	log    *slog.Logger // of what went wrong on a screen
	// files says that the files of this machine are the person's own: never in
	// what is served (DESIGN 6).
	files bool
	// sessions are those that are open over SSH; nil where nobody knows.
	sessions func() []people.Session
}

// consoleOptions wires a console to a service.
func consoleOptions(ctx context.Context, svc *workflow.Service, me model.Actor, l looks) ui.Options {
	look := theme.New(theme.Options{Dark: l.ui.Theme != config.ThemeLight, ASCII: l.ui.ASCII})
	return ui.Options{
		Env:     &tab.Env{Theme: look, Now: l.now, Zone: l.zone, Root: ctx, Me: me},
		Service: svc,
		Tabs: func(env *tab.Env) map[tab.Name]tab.Tab {
			orders, work := portal.New(env, svc, svc.Policy), tasks.New(env, svc)
			if l.files {
				orders.UseFiles()
				work.UseFiles()
			}
			return map[tab.Name]tab.Tab{
				tab.Portal:    orders,
				tab.Approvals: approvals.New(env, svc),
				tab.Tasks:     work,
				tab.EPM:       epm.New(env, svc),
				tab.Logs:      logs.New(env, svc),
			}
		},
		People: func(env *tab.Env) tab.Tab {
			page := people.New(env, svc)
			if l.sessions != nil {
				page.ShowSessions(l.sessions)
			}
			return page
		},
		Opens:           func(a model.Actor) []tab.Name { return ui.Opens(a, l.fulfil) },
		FixedBackground: l.ui.Theme != config.ThemeAuto,
		Mouse:           l.ui.Mouse,
		FPS:             l.ui.FPS,
		Notify:          l.way,
		Log:             l.log,
	}
}
