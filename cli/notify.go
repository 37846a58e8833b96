package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

// tellingOf is how the configured program is told of events; the zero value where
// there is none.
func (a *app) tellingOf(conf config.Outside) workflow.Telling {
	if conf.Command == nil {
		return workflow.Telling{}
	}
	return workflow.Telling{Kinds: conf.Events, Ending: conf.Ending, Tell: func(ctx context.Context, e workflow.Event) error { return a.tellOutside(ctx, conf.Command, e) }}
}

// mostSaid is how much of what the program says on standard error is kept.
const mostSaid = 500

// tellOutside runs the program with one event on its standard input, as a line of JSON. It
// is run without a shell, in the root folder, and with next to nothing of our
// environment, where keys may stand.
func (a *app) tellOutside(ctx context.Context, command []string, e workflow.Event) error {
	if err := trusted(command[0]); err != nil {
		return err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write the event: %w", err)
	}
	said := &start{most: mostSaid}
	run := exec.CommandContext(ctx, command[0], command[1:]...) // #nosec G204 -- what the configuration names, without a shell
	run.Dir, run.Env, run.Stdin, run.Stderr = "/", a.plainEnv(), bytes.NewReader(append(escapeHidden(body), '\n')), said
	// What it has started ends with it.
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.Cancel = func() error { return syscall.Kill(-run.Process.Pid, syscall.SIGKILL) }
	run.WaitDelay = 2 * time.Second
	err = run.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s did not end in time", command[0])
	}
	if text := strings.TrimSpace(said.String()); text != "" {
		return fmt.Errorf("%s: %w: %s", command[0], err, text)
	}
	return fmt.Errorf("%s: %w", command[0], err)
}

// plainEnv is the environment of the program.
func (a *app) plainEnv() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "LANG", "TZ"} {
		if v, ok := a.Env(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// trusted says why a program is not run: who may write it would run as the worker,
// which reads the key of the vault service.
func trusted(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
		return fmt.Errorf("%s is no program: chmod +x", path)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("others may change %s (mode %04o), and run what they like as the worker: chmod go-w %[1]s", path, info.Mode().Perm())
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user, who could run what they like as the worker: give it to root or to the worker's account", path)
	}
	return nil
}

// start keeps the beginning of what is written to it.
type start struct {
	bytes.Buffer
	most int
}

func (s *start) Write(p []byte) (int, error) {
	if room := s.most - s.Len(); room > 0 {
		s.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// notifyChecks say whether the program can be run.
func notifyChecks(conf config.Config) []workflow.Check {
	const name = "notify.command"
	if conf.Outside.Command == nil {
		return []workflow.Check{{Name: name, State: workflow.CheckOK, Text: "no program is told of what happens ([notify] command)"}}
	}
	path := conf.Outside.Command[0]
	switch err := trusted(path); {
	case errors.Is(err, fs.ErrNotExist):
		return []workflow.Check{{Name: name, State: workflow.CheckBad, Text: "the program that is told of what happens is not there: " + path, Remedy: "write the right path into [notify] command"}}
	case err != nil:
		return []workflow.Check{{Name: name, State: workflow.CheckBad, Text: "the program that is told of what happens is not run: " + err.Error(),
			Remedy: "give it to root or the worker's account, with mode 755; then: countersign notify test"}}
	}
	return []workflow.Check{{Name: name, State: workflow.CheckOK, Text: path + " is told of what happens"}}
}

func (a *app) notifyCommand() *cobra.Command {
	test := &cobra.Command{
		Use:   "test",
		Short: "Tell the program of an event that says it is a test",
		Long: `Run the program of [notify] command with an event that says it is a test, as the
worker would, and say whether it has taken it.`,
		Args: none,
		RunE: a.does(func(ctx context.Context, _ []string) error { return a.notifyTest(ctx) }),
	}
	return group("notify", "Try the program that is told of what happens", `Somebody may have to know what waits while no console is open. [notify] command names a
program that the worker runs for each event: a mail, a message in a chat. It gets one
event on its standard input, a line of JSON:

  {"id":"waiting-REQ0010042-7","event":"waiting","at":"2026-11-21T12:00:00Z",
   "text":"REQ0010042 of alice waits for Vault Approvers",
   "to":[{"login":"dana","name":"Dana Novak","email":"dana@example.com"}],
   "group":"Vault Approvers","number":"REQ0010042","item":"record-access",
   "state":"requested","requestor":"alice","by":"alice","due":"2026-11-28T12:00:00Z"}

Events are waiting, asked, decided, emergency, ending (an endpoint request), trouble and
well (of the worker). What is asked for, and why, is not in them. A program that does
not end with 0 within 30 s is run again with the same event, later and later, for a day;
so it may be told twice of what has one id. No decision waits for it.`, test)
}

func (a *app) notifyTest(ctx context.Context) error {
	if a.Remote {
		return usage("notify test runs a program of the host: run it there")
	}
	conf, err := a.load()
	if err != nil {
		return err
	}
	if conf.Outside.Command == nil {
		return &usageError{"no program is told of what happens", "name one in the configuration: [notify] command; see: countersign notify --help"}
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	e := workflow.Event{ID: fmt.Sprintf("test-%d", a.Now().Unix()), Kind: model.OutsideTest, At: a.Now().UTC(), Text: "this is a test", To: []workflow.ToldTo{}}
	if err := a.tellOutside(ctx, conf.Outside.Command, e); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Out, "%s has taken it\n", safetext.Line(conf.Outside.Command[0]))
	return err
}
