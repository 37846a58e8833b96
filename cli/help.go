package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// help prints a command's help. Cobra's own would do, but for its lines that are
// longer than a terminal; fang's wants 0.5 MB and asks the terminal for its colours.
func (a *app) help(cmd *cobra.Command, _ []string) {
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	fmt.Fprintf(a.Out, "%s\n", strings.TrimSpace(about))
	_ = a.usage(cmd) // who reads it is gone
}

// usage prints how a command is called.
func (a *app) usage(cmd *cobra.Command) error {
	bold := a.bold(a.Out)
	var b strings.Builder
	section := func(heading, text string) {
		if text != "" {
			fmt.Fprintf(&b, "\n%s\n%s\n", bold(heading), indented(text))
		}
	}
	section("Usage", cmd.UseLine()+subcommandOf(cmd))
	section("Examples", cmd.Example)
	section("Commands", listOf(cmd.Commands()))
	section("Flags", flagsOf(cmd))
	if !cmd.HasParent() {
		section("Exit codes", codesHelp())
	}
	_, err := io.WriteString(a.Out, b.String())
	return err
}

// helpCommand is `countersign help`, which knows what it does not know.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "help [COMMAND]",
		Short:  "Explain a command",
		Hidden: true, // --help is told everywhere
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err == nil {
				err = none(about, rest)
			}
			if err != nil {
				return err
			}
			return about.Help()
		},
	}
}

// bold is how headings are drawn on an output: as they are, where that is no
// terminal or one without attributes.
func (a *app) bold(out io.Writer) func(string) string {
	plain := func(s string) string { return s }
	if !isTerminal(out) {
		return plain
	}
	term, _ := a.Env("TERM")
	if none, set := a.Env("NO_COLOR"); term == "dumb" || set && none != "" {
		return plain
	}
	return func(s string) string { return "\x1b[1m" + s + "\x1b[m" }
}

// subcommandOf is what follows the name of a command that holds others.
func subcommandOf(cmd *cobra.Command) string {
	switch {
	case !cmd.HasAvailableSubCommands():
		return ""
	case cmd.HasParent():
		return " COMMAND"
	}
	return " [COMMAND]"
}

// listOf lists commands with what they are for.
func listOf(all []*cobra.Command) string {
	all = slices.DeleteFunc(slices.Clone(all), func(c *cobra.Command) bool { return !c.IsAvailableCommand() })
	width := 0
	for _, c := range all {
		width = max(width, len(c.Use))
	}
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "%-*s  %s\n", width, c.Use, c.Short)
	}
	return b.String()
}

// flagsOf lists a command's flags, with those that every command has.
func flagsOf(cmd *cobra.Command) string {
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	_ = cmd.LocalFlags() // makes the inherited ones part of Flags
	return strings.ReplaceAll("\n"+cmd.Flags().FlagUsages(), "\n  ", "\n")
}

// indented puts two blanks before every line.
func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.Trim(text, "\n"), "\n", "\n  ")
}

// one takes exactly one argument, which is called what.
func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return fmt.Errorf("%s needs %s", pathOf(cmd), what)
		case 1:
			return nil
		}
		return fmt.Errorf("%s takes one %s, not %d", pathOf(cmd), what, len(args))
	}
}

// exactly takes the arguments that are called so, no more.
func exactly(what ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > len(what) {
			return fmt.Errorf("%s takes %s, and no %q", pathOf(cmd), strings.Join(what, " "), args[len(what)])
		}
		return atLeast(what...)(cmd, args)
	}
}

// atLeast takes the arguments that are called so, the last one as often as wanted.
func atLeast(what ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < len(what) {
			return fmt.Errorf("%s needs %s", pathOf(cmd), what[len(args)])
		}
		return nil
	}
}

// none takes no arguments. Where a command holds others, a word is one of those,
// misspelt.
func none(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return fmt.Errorf("%s takes no %q", pathOf(cmd), args[0])
	}
	text := fmt.Sprintf("there is no command %q", strings.TrimSpace(pathOf(cmd)+" "+args[0]))
	cmd.SuggestionsMinimumDistance = 2
	if meant := cmd.SuggestionsFor(args[0]); len(meant) > 0 {
		text += ", did you mean " + strings.TrimSpace(pathOf(cmd)+" "+meant[0]) + "?"
	}
	return fmt.Errorf("%s", text)
}

// pathOf is the words of a command behind the program's name.
func pathOf(cmd *cobra.Command) string {
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	return path
}

// group is a command that only holds others.
func group(use, short, long string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(subs...)
	return cmd
}

// helpWidth is how wide the text of a help is: 80 columns are enough.
const helpWidth = 78

// wrapped breaks a text of ours into lines of at most so many cells.
func wrapped(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) > width:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}
