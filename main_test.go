package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/rogpeppe/go-internal/testscript"

	"countersign/cli"
	"countersign/demo"
)

// TestMain makes the program itself, and a company to try it on, into commands
// of the scripts.
func TestMain(m *testing.M) {
	// Most of what is done here is waiting for a screen, which takes no processor.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){
		"countersign":  func() { os.Exit(cli.Main()) },
		"company":      makeCompany,
		"colleague":    runAsColleague,
		"frozen":       runFrozen,
		"panicking":    runPanicking,
		"open":         runPanicking,
		"window":       runWindow,
		windowOfAShell: runWindow,
		"holder":       runHolder,
		"broken":       runBroken,
		"hasty":        runHasty,
		"prying":       runPrying,
	})
}

// detector is how the race detector is set, for a program with an environment of its
// own.
func detector() string { return "GORACE=" + os.Getenv("GORACE") }

// makeCompany fills the folder that it is given with a demo's queue, in which the
// operating system's user may do everything.
func makeCompany() {
	me, err := user.Current()
	if err == nil {
		var d *demo.Demo
		d, err = demo.Start(context.Background(), demo.Options{Dir: os.Args[1], Requests: demo.LeastRequests, Login: me.Username, Away: true})
		if err == nil {
			err = d.Close()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runAsColleague runs the program as somebody else: colleague LOGIN ARG... This is
// how several people work on one host without an account for each.
func runAsColleague() {
	os.Exit(int(runAs(os.Args[1], os.Args[2:], time.Now, time.Local)))
}

// runAs runs the program as somebody, with a clock.
func runAs(login string, args []string, now func() time.Time, zone *time.Location) cli.Code {
	return cli.Run(context.Background(), cli.Invocation{Args: args, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv,
		Login: func() (string, error) { return login, nil }, Now: now, Zone: zone})
}

// TestScripts runs the program as its users do. Each script has a home folder of
// its own and must leave it empty, and no secret anywhere.
func TestScripts(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	testscript.RunT(&transcript{T: t}, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			for name, value := range map[string]string{
				"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, "xdg"), "XDG_DATA_HOME": filepath.Join(home, "data"),
				"XDG_STATE_HOME": filepath.Join(home, "state"), "XDG_CACHE_HOME": filepath.Join(home, "cache"),
				"COUNTERSIGN_CONFIG": "", "LOGIN": me.Username, "TZ": "UTC",
				"GORACE": os.Getenv("GORACE"),
			} {
				env.Setenv(name, value)
			}
			s := &scene{}
			env.Values[sceneKey{}] = s
			env.Defer(func() {
				s.searched(env.T().(*transcript), env.WorkDir)
				if entries, err := os.ReadDir(home); err != nil || len(entries) > 0 {
					t.Errorf("the home folder holds %v, %v", entries, err)
				}
			})
			return os.Mkdir(home, 0o700)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "expand": expand, "pick": pick, "tamper": tamper,
			"vault": vault, "active": active, "listed": listed, "as": as, "approve": approve, "run": run, "did": did, "fault": fault,
			"nowhere": nowhere, "service": service, "until": until,
		},
	})
}

// exits runs a command and compares its exit code: exits 5 countersign approve …
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got, err = exit.ExitCode(), nil
	}
	ts.Check(err)
	if got != want {
		ts.Fatalf("exit code %d, want %d:\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// expand puts the values of variables into a file.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(os.Expand(ts.ReadFile(name), ts.Getenv)), 0o600))
	}
}

// pick takes a value out of the JSON that was printed last into a variable:
// pick NUMBER 0.number
func pick(ts *testscript.TestScript, _ bool, args []string) {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for part := range strings.SplitSeq(args[1], ".") {
		switch at := v.(type) {
		case []any:
			n, err := strconv.Atoi(part)
			ts.Check(err)
			if n >= len(at) {
				ts.Fatalf("%s: there are %d", args[1], len(at))
			}
			v = at[n]
		case map[string]any:
			v = at[part]
		}
	}
	ts.Setenv(args[0], fmt.Sprint(v))
}

// tamper changes an entry of a queue's audit chain behind the program's back.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite3", "file:"+ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	for _, statement := range []string{"DROP TRIGGER audit_no_update", "UPDATE audit SET detail = 'nothing to see' WHERE seq = 7"} {
		_, err := db.ExecContext(context.Background(), statement)
		ts.Check(err)
	}
}
