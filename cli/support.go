package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/model"
	"countersign/workflow"
)

func (a *app) supportCommand() *cobra.Command {
	return group("support", "Say how the program is, and make a bundle for a ticket", "", a.supportShowCommand(), a.supportBundleCommand())
}

// supportJSON is how the program is.
type supportJSON struct {
	Program []factJSON        `json:"program"`
	Vault   model.HealthState `json:"vault"`
	Cause   string            `json:"cause,omitempty"`
	Running []factJSON        `json:"running"`
	Queue   []factJSON        `json:"queue"`
	Checks  []supportCheck    `json:"checks"`
}

type factJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type supportCheck struct {
	Name   string              `json:"name"`
	State  workflow.CheckState `json:"state"`
	Text   string              `json:"text"`
	Remedy string              `json:"remedy,omitempty"`
}

func (a *app) supportShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "show", Short: "Print versions, health and findings, as the support page has them", Args: none,
		Example: "countersign support show --json"}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			v, err := q.svc.Support(ctx, me.ID)
			if err != nil {
				return err
			}
			if asJSON {
				named := func(f model.Fact) factJSON { return factJSON{f.Key, f.Value} }
				return writeJSON(a.Out, supportJSON{each(v.Program, named), v.Health.State, v.Health.Cause, each(v.Running, named), each(v.Queue, named),
					each(v.Checks, func(c workflow.Check) supportCheck { return supportCheck{c.Name, c.State, c.Text, c.Remedy} })})
			}
			return a.printSupport(v)
		})
	})
	return cmd
}

func (a *app) printSupport(v workflow.SupportView) error {
	f := facts{}
	section := func(name string, all []model.Fact) {
		f.section(name)
		width := 0
		for _, fact := range all {
			width = max(width, len(fact.Key))
		}
		for _, fact := range all {
			f.add(fmt.Sprintf("%-*s", width, fact.Key), fact.Value)
		}
		if len(all) == 0 {
			fmt.Fprintln(&f.b, "  nothing")
		}
	}
	section("Program", v.Program)
	f.section("Vault service")
	f.add("State", string(v.Health.State))
	f.add("Cause", v.Health.Cause)
	f.add("What to do", v.Health.Advice)
	section("Running", v.Running)
	section("Queue", v.Queue)
	f.section("Findings")
	for _, c := range v.Checks {
		text := c.Text
		if c.Remedy != "" {
			text += "\n→ " + c.Remedy
		}
		f.add(string(c.State), text)
	}
	_, err := io.WriteString(a.Out, strings.TrimPrefix(f.b.String(), "\n"))
	return err
}

func (a *app) supportBundleCommand() *cobra.Command {
	var list bool
	cmd := &cobra.Command{Use: "bundle [FILE]", Short: "Write what can be attached to a ticket",
		Long: `Write what can be attached to a ticket into one file, a tar.gz that only you can read:
versions, health, findings, the latest warnings, calls and entries of the audit. It is
listed first. There is no secret in it, and nothing that people or the vault have
written: names, addresses, titles, ids and paths are taken out.

Without FILE it is called countersign-support-TIME.tar.gz; - is standard output. A file
that is there already is left alone. For support and admins.`,
		Example: `countersign support bundle --list
countersign support bundle /tmp/ticket-4711.tar.gz`,
		Args: cobra.MaximumNArgs(1)}
	cmd.Flags().BoolVar(&list, "list", false, "only list what would be in it")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		path := "countersign-support-" + a.Now().UTC().Format("20060102-150405") + ".tar.gz"
		if len(args) == 1 {
			path = args[0]
		}
		if a.Remote && path != "-" && !list {
			return usage("no file is written here: countersign support bundle - prints it")
		}
		return a.with(ctx, func(q *queue, me model.Actor) error {
			files, err := q.svc.SupportBundle(ctx, me.ID)
			if err != nil {
				return err
			}
			if q.conf.File != "" {
				files = append(files, a.configShape(q.conf))
			}
			a.listBundle(files)
			if list {
				return nil
			}
			return a.writeBundle(path, files)
		})
	})
	return cmd
}

// listBundle says on standard error what is in a bundle.
func (a *app) listBundle(files []workflow.BundleFile) {
	for _, f := range files {
		fmt.Fprintf(a.Err, "%-16s %8d bytes  %s\n", f.Name, len(f.Body), f.About)
	}
}

// writeBundle writes the files into one archive.
func (a *app) writeBundle(path string, files []workflow.BundleFile) error {
	body, err := archive(files, a.Now())
	if err != nil {
		return err
	}
	if path == "-" {
		_, err := a.Out.Write(body)
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	_, err = f.Write(body)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path) // half of it helps nobody
		return fmt.Errorf("write the bundle: %w", err)
	}
	_, err = fmt.Fprintf(a.Out, "%s\n", path)
	return err
}

// archive packs files as tar.gz.
func archive(files []workflow.BundleFile, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	t := tar.NewWriter(packed)
	for _, f := range files {
		err := t.WriteHeader(&tar.Header{Name: "countersign-support/" + f.Name, Mode: 0o600, Size: int64(len(f.Body)), ModTime: at.Truncate(time.Second)})
		if err == nil {
			_, err = t.Write(f.Body)
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", f.Name, err)
		}
	}
	if err := errors.Join(t.Close(), packed.Close()); err != nil {
		return nil, fmt.Errorf("pack the bundle: %w", err)
	}
	return out.Bytes(), nil
}

// configShape is which keys the configuration sets, with numbers and switches but
// without any text: addresses, paths and names stay here.
func (a *app) configShape(conf config.Config) workflow.BundleFile {
	f := workflow.BundleFile{Name: "config.txt", About: "which keys are set, without their texts"}
	values := map[string]any{}
	if _, err := toml.DecodeFile(conf.File, &values); err != nil {
		f.Body = []byte("the file cannot be read any more\n") // and the parser's words may hold it
		return f
	}
	var out strings.Builder
	shapeOf(&out, "", values)
	f.Body = []byte(out.String())
	return f
}

// ourKey is how the keys of the configuration are written; names of groups, which
// can be keys as well, mostly are not.
var ourKey = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// shapeOf writes the keys below a name.
func shapeOf(out *strings.Builder, name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			shown := key
			if !ourKey.MatchString(key) {
				shown = "<name>"
			}
			shapeOf(out, strings.TrimPrefix(name+"."+shown, "."), v[key])
		}
	case []map[string]any:
		for i, part := range v {
			shapeOf(out, fmt.Sprintf("%s[%d]", name, i), part)
		}
	case []any:
		fmt.Fprintf(out, "%s = %d values\n", name, len(v))
	case string:
		fmt.Fprintf(out, "%s = text\n", name)
	default:
		fmt.Fprintf(out, "%s = %v\n", name, v)
	}
}
