package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
)

// keyCommand holds the commands about the keys that open consoles over SSH.
func (a *app) keyCommand() *cobra.Command {
	key := group("key", "Say whose keys open which console over SSH", "")

	add := &cobra.Command{
		Use:   "add LOGIN [KEY]",
		Short: "Let a key open somebody's console",
		Long: `Let a key open somebody's console over SSH. KEY is a line as in a file that ends in
.pub; without it, it is read from standard input. A key belongs to one person. Whoever
has the key is that person here, so only admins add one, and the audit says who.`,
		Example: "countersign people key add dana < id_ed25519.pub",
		Args:    atLeast("LOGIN"),
	}
	var asJSON bool
	add.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	add.RunE = a.does(func(ctx context.Context, args []string) error { return a.addKey(ctx, args, asJSON) })

	remove := &cobra.Command{
		Use:   "remove LOGIN FINGERPRINT",
		Short: "Take a key away; sessions that it opened end",
		Long: `Take a key away, by its fingerprint or by the key itself. Sessions that it opened
end within seconds.`,
		Example: "countersign people key remove dana SHA256:uWMr5…",
		Args:    exactly("LOGIN", "FINGERPRINT"),
	}
	remove.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	remove.RunE = a.does(func(ctx context.Context, args []string) error { return a.removeKey(ctx, args, asJSON) })

	list := &cobra.Command{
		Use:   "list [LOGIN]",
		Short: "List somebody's keys, or your own",
		Args:  cobra.MaximumNArgs(1),
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	list.RunE = a.does(func(ctx context.Context, args []string) error { return a.listKeys(ctx, args, asJSON) })
	key.AddCommand(add, list, remove)
	return key
}

// mostKey bounds what is read for a key; the longest have some kilobytes.
const mostKey = 64 << 10

func (a *app) addKey(ctx context.Context, args []string, asJSON bool) error {
	line := strings.Join(args[1:], " ")
	if line == "" {
		text, err := io.ReadAll(io.LimitReader(a.In, mostKey))
		if err != nil {
			return fmt.Errorf("read the key: %w", err)
		}
		line = strings.TrimSpace(string(text))
	}
	return a.with(ctx, func(q *queue, me model.Actor) error {
		key, err := q.svc.AddKey(ctx, me.ID, args[0], line)
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(a.Out, keyOf(key))
		}
		_, err = fmt.Fprintf(a.Out, "%s opens the console of %s\n", key.Fingerprint(), safetext.Line(args[0]))
		return err
	})
}

func (a *app) removeKey(ctx context.Context, args []string, asJSON bool) error {
	return a.with(ctx, func(q *queue, me model.Actor) error {
		key, err := q.svc.RemoveKey(ctx, me.ID, args[0], args[1])
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(a.Out, keyOf(key))
		}
		_, err = fmt.Fprintf(a.Out, "%s opens nothing any more\n", key.Fingerprint())
		return err
	})
}

// keyJSON is a key for programs.
type keyJSON struct {
	Fingerprint string `json:"fingerprint"`
	Kind        string `json:"kind"`
	Key         string `json:"key"`
	Note        string `json:"note"`
}

func keyOf(k model.PublicKey) keyJSON { return keyJSON{k.Fingerprint(), k.Kind, k.Line(), k.Note} }

func (a *app) listKeys(ctx context.Context, args []string, asJSON bool) error {
	return a.with(ctx, func(q *queue, me model.Actor) error {
		login := me.Login
		if len(args) > 0 {
			login = args[0]
		}
		keys, err := q.svc.Keys(ctx, me.ID, login)
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(a.Out, each(keys, keyOf))
		}
		for _, k := range keys {
			if _, err := fmt.Fprintf(a.Out, "%s  %-20s  %s\n", k.Fingerprint(), k.Kind, safetext.Line(k.Note)); err != nil {
				return err
			}
		}
		return nil
	})
}
