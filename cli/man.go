package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

func (a *app) manCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "man [DIR]",
		Short: "Write the manual pages, one a command",
		Long: `Write the manual pages into a folder that exists, one a command: countersign.1,
countersign-approve.1 and so on. Without a folder the first of them is printed.`,
		Example: "countersign man ~/.local/share/man/man1",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			_, a.err = a.Out.Write(manPage(cmd.Root()))
			return nil
		}
		a.err = writeMan(cmd.Context(), args[0], cmd.Root())
		return nil
	}
	return cmd
}

// writeMan writes the pages of a command and of all below it.
func writeMan(ctx context.Context, dir string, cmd *cobra.Command) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, manName(cmd)+".1"), manPage(cmd), 0o644); err != nil {
		return fmt.Errorf("write a manual page: %w", err)
	}
	for _, sub := range cmd.Commands() {
		if !sub.IsAvailableCommand() {
			continue
		}
		if err := writeMan(ctx, dir, sub); err != nil {
			return err
		}
	}
	return nil
}

// manName is the name of a command's page: "countersign-task-run".
func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is the manual page of a command, in the macros that every man knows. It
// says what --help says.
func manPage(cmd *cobra.Command) []byte {
	var p page
	p.line(`.TH "%s" "1" "" "%s %s" "%s"`, strings.ToUpper(roff(manName(cmd))), name, roff(version()), name)
	p.section("NAME")
	p.line(`%s \- %s`, roff(manName(cmd)), roff(cmd.Short))
	p.section("SYNOPSIS")
	p.line(`.B %s`, roff(cmd.CommandPath()))
	_, args, _ := strings.Cut(cmd.UseLine()+subcommandOf(cmd), cmd.CommandPath()+" ")
	p.line(`%s`, roff(args))
	p.section("DESCRIPTION")
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	p.prose(about)
	p.flags(cmd)
	p.commands(cmd)
	if !cmd.HasParent() {
		p.section("EXIT STATUS")
		for _, c := range codes() {
			p.term(fmt.Sprint(int(c.code)), c.means)
		}
	}
	if cmd.Example != "" {
		p.section("EXAMPLES")
		p.asIs(strings.Split(cmd.Example, "\n"))
	}
	p.seeAlso(cmd)
	return []byte(p.b.String())
}

// page is a manual page while it is written.
type page struct{ b strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func (p *page) section(heading string) { p.line(`.SH "%s"`, heading) }

// term is something with what it means set in below.
func (p *page) term(what, means string) {
	p.line(".TP")
	p.line(`\fB%s\fR`, roff(what))
	p.line("%s", roff(means))
}

// asIs prints lines as they stand.
func (p *page) asIs(lines []string) {
	p.line(".nf")
	for _, l := range lines {
		p.line("%s", roff(l))
	}
	p.line(".fi")
}

// prose prints paragraphs; lines that are set in keep their form.
func (p *page) prose(text string) {
	for i, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			p.line(".PP")
		}
		lines := strings.Split(part, "\n")
		set := len(lines)
		for n, l := range lines {
			if strings.HasPrefix(l, "  ") {
				set = n
				break
			}
		}
		for _, l := range lines[:set] {
			p.line("%s", roff(l))
		}
		if set < len(lines) {
			p.asIs(lines[set:])
		}
	}
}

// flags lists the command's own flags and those of every command, as --help does,
// which prints each on a line with its meaning behind a column of blanks.
func (p *page) flags(cmd *cobra.Command) {
	p.section("OPTIONS")
	for line := range strings.Lines(strings.Trim(flagsOf(cmd), "\n")) {
		flag, means, _ := strings.Cut(strings.TrimSpace(line), "   ")
		flag, value, _ := strings.Cut(strings.Replace(flag, ", --", ",--", 1), " ")
		p.line(".TP")
		p.line(`\fB%s\fR \fI%s\fR`, roff(strings.Replace(flag, ",--", ", --", 1)), roff(value))
		p.line("%s", roff(strings.TrimSpace(means)))
	}
}

func (p *page) commands(cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	p.section("COMMANDS")
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			p.term(sub.Use, sub.Short+". See "+manName(sub)+"(1).")
		}
	}
}

func (p *page) seeAlso(cmd *cobra.Command) {
	var others []string
	if cmd.HasParent() {
		others = append(others, manName(cmd.Parent()))
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			others = append(others, manName(sub))
		}
	}
	if len(others) == 0 {
		return
	}
	p.section("SEE ALSO")
	for i, o := range others {
		comma := ","
		if i == len(others)-1 {
			comma = ""
		}
		p.line(`.BR %s (1)%s`, roff(o), comma)
	}
}

// roff makes a text stand for itself in a page.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	return b.String()
}
