package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/seal"
)

// answerFlags are how the fields of an item are answered by command.
type answerFlags struct {
	plain, generated, secret []string
	secretsJSON              string
}

// flags adds those that fields have a use for.
func (g *answerFlags) flags(cmd *cobra.Command, fields []model.Field) {
	if slices.ContainsFunc(fields, func(f model.Field) bool { return !f.Secret() }) {
		cmd.Flags().StringArrayVar(&g.plain, "field", nil, "answer to a field: `FIELD=TEXT`; may be repeated")
	}
	if !slices.ContainsFunc(fields, model.Field.Secret) {
		return
	}
	cmd.Flags().StringArrayVar(&g.secret, "secret", nil, "secret answer: `FIELD` from standard input, FIELD=@PATH from a file")
	cmd.Flags().StringVar(&g.secretsJSON, "secrets-json", "", "secret answers as a JSON object, from `PATH`; - is standard input")
	if slices.ContainsFunc(fields, func(f model.Field) bool { return len(f.Generators()) > 0 }) {
		cmd.Flags().StringArrayVar(&g.generated, "generate", nil, "have the vault generate it: `FIELD=WAY`, such as password=random:32")
	}
}

// mostSecret is how many bytes of secrets are read: more than any record holds.
const mostSecret = 64 << 10

// answers reads the flags of an order. The caller wipes the secrets, also with an
// error.
func (a *app) answers(item model.Item, g answerFlags) ([]model.Answer, map[string][]byte, error) {
	n := answering{app: a, name: string(item.Key), fields: item.Answers()}
	err := n.read(g)
	if err == nil {
		err = n.byDefault()
	}
	return n.answers, n.secrets, err
}

// answering collects the answers to the fields of an item or record.
type answering struct {
	*app
	name    string // of the item or record
	fields  []model.Field
	clears  bool // whether an empty answer is one
	answers []model.Answer
	secrets map[string][]byte
	how     map[string]string // which flag gave a field
}

// read reads the flags.
func (n *answering) read(g answerFlags) error {
	n.secrets, n.how = map[string][]byte{}, map[string]string{}
	for _, step := range []func(answerFlags) error{n.plain, n.generate, n.readSecrets, n.readJSON} {
		if err := step(g); err != nil {
			return err
		}
	}
	return nil
}

// field finds the field that a flag names, which may be named only once.
func (n *answering) field(flag, key string) (model.Field, error) {
	i := slices.IndexFunc(n.fields, func(f model.Field) bool { return f.Key == key })
	if i < 0 {
		keys := make([]string, len(n.fields))
		for i, f := range n.fields {
			keys[i] = f.Key
		}
		return model.Field{}, usage("%s: %s has no field %q; there are %s", flag, n.name, key, strings.Join(keys, ", "))
	}
	if before, twice := n.how[key]; twice {
		return model.Field{}, usage("%s: %s is given by %s already", flag, key, before)
	}
	n.how[key] = flag
	return n.fields[i], nil
}

func (n *answering) add(f model.Field, text string) {
	if text != "" || n.clears {
		n.answers = append(n.answers, model.Answer{Field: f.Key, Value: text})
	}
}

func (n *answering) plain(g answerFlags) error {
	for _, arg := range g.plain {
		key, text, ok := strings.Cut(arg, "=")
		if !ok {
			return usage("--field: write FIELD=TEXT, not %q", arg)
		}
		f, err := n.field("--field", key)
		if err != nil {
			return err
		}
		if f.Secret() {
			return &usageError{"--field: " + key + " is secret, and arguments can be read by others: change it, if it is in use", "give it by --secret " + key}
		}
		n.add(f, text)
	}
	return nil
}

func (n *answering) generate(g answerFlags) error {
	for _, arg := range g.generated {
		key, way, _ := strings.Cut(arg, "=")
		f, err := n.field("--generate", key)
		if err != nil {
			return err
		}
		if way == "none" {
			continue
		}
		gen, err := wayToGenerate(f, way)
		if err != nil {
			return err
		}
		n.add(f, gen.Answer())
	}
	return nil
}

// wayToGenerate reads "random:24"; without a way it is the field's usual one.
func wayToGenerate(f model.Field, way string) (model.Generate, error) {
	gens := f.Generators()
	if len(gens) == 0 {
		return model.Generate{}, usage("--generate: the vault cannot generate %s", f.Key)
	}
	if way == "" {
		way = string(gens[0])
	}
	by, length, counted := strings.Cut(way, ":")
	gen, ok := model.ParseGenerate(model.Generate{By: model.Generator(by)}.Answer())
	if !ok || !slices.Contains(gens, gen.By) {
		return gen, usage("--generate: %s=%s is none of %s", f.Key, way, strings.Join(waysToGenerate(gens), ", "))
	}
	if counted {
		n, err := strconv.Atoi(length)
		if err != nil {
			return gen, usage("--generate: %s: %q is no length", f.Key, length)
		}
		gen.Length = n
	}
	if err := gen.Validate(); err != nil {
		return gen, usage("--generate: %s: %s", f.Key, err)
	}
	return gen, nil
}

// waysToGenerate lists generators as the flag takes them.
func waysToGenerate(gens []model.Generator) []string {
	var ways []string
	for _, g := range gens {
		way := string(g)
		switch g {
		case model.GenRandom:
			way += ":" + strconv.Itoa(model.DefaultRandom)
		case model.GenWords:
			way += ":" + strconv.Itoa(model.DefaultWords)
		}
		ways = append(ways, way)
	}
	return ways
}

// byDefault has the vault generate what it can and nobody has given, as the form
// does. A seed of one-time codes is not generated: most log-ins have none.
func (n *answering) byDefault() error {
	for _, f := range n.fields {
		gens := f.Generators()
		if _, given := n.how[f.Key]; given || len(gens) == 0 || f.Kind == model.FieldTOTP {
			continue
		}
		gen, err := wayToGenerate(f, "")
		if err != nil {
			return err
		}
		n.add(f, gen.Answer())
	}
	return nil
}

// readSecrets reads what --secret names: files, and standard input for the rest.
func (n *answering) readSecrets(g answerFlags) error {
	var typed []model.Field
	for _, arg := range g.secret {
		key, path, fromFile := strings.Cut(arg, "=")
		f, err := n.field("--secret", key)
		if err != nil {
			return err
		}
		if !f.Secret() {
			return usage("--secret: %s is not kept secret: give it by --field", key)
		}
		if !fromFile {
			typed = append(typed, f)
			continue
		}
		path, isPath := strings.CutPrefix(path, "@")
		if !isPath {
			return &usageError{"--secret: a secret is no argument, which others can read: change this one, if it is in use",
				"name a file: --secret " + key + "=@PATH, or give it on standard input: --secret " + key}
		}
		text, err := n.readFile("--secret", path)
		if err != nil {
			return err
		}
		n.secrets[key] = lineOf(f, text)
	}
	if len(typed) == 0 {
		return nil
	}
	if g.secretsJSON == "-" {
		return usage("--secrets-json: standard input cannot be both that and --secret %s", typed[0].Key)
	}
	text, err := n.readInput()
	if err != nil {
		return err
	}
	return n.divide(typed, text)
}

// divide gives each field its part of standard input: all of it to a single one,
// else a line each.
func (n *answering) divide(fields []model.Field, text []byte) error {
	if len(fields) == 1 {
		n.secrets[fields[0].Key] = lineOf(fields[0], text)
		return nil
	}
	defer seal.Wipe(text)
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	if len(lines) != len(fields) {
		return &usageError{fmt.Sprintf("standard input has %d lines, and --secret names %d fields", len(lines), len(fields)),
			"what has several lines goes by --secrets-json, or from a file"}
	}
	for i, f := range fields {
		n.secrets[f.Key] = bytes.Clone(bytes.TrimSuffix(lines[i], []byte("\r")))
	}
	return nil
}

// lineOf is a secret as it was written: for a field of one line without the end of
// that line, which most tools add.
func lineOf(f model.Field, text []byte) []byte {
	if f.Multiline() {
		return text
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
}

// secretText is a text in JSON that can be wiped.
type secretText []byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *secretText) UnmarshalText(b []byte) error {
	*t = bytes.Clone(b)
	return nil
}

func (n *answering) readJSON(g answerFlags) error {
	if g.secretsJSON == "" {
		return nil
	}
	read := n.readInput
	if g.secretsJSON != "-" {
		read = func() ([]byte, error) { return n.readFile("--secrets-json", g.secretsJSON) }
	}
	text, err := read()
	if err != nil {
		return err
	}
	defer seal.Wipe(text)
	var given map[string]secretText
	if err := json.Unmarshal(text, &given); err != nil {
		// The error of the parser may quote what it read.
		return usage(`--secrets-json: this is no JSON object of texts, such as {"password": "…"}`)
	}
	for _, key := range sortedKeys(given) {
		f, err := n.field("--secrets-json", key)
		if err == nil && !f.Secret() {
			err = usage("--secrets-json: %s is not kept secret: give it by --field", key)
		}
		if err != nil {
			for _, text := range given {
				seal.Wipe(text)
			}
			return err
		}
		n.secrets[key] = given[key]
	}
	return nil
}

// readInput reads secrets from standard input.
func (a *app) readInput() ([]byte, error) {
	if a.typed() {
		return nil, &usageError{"a secret that is typed here would be seen", "pipe it in, name a file (FIELD=@PATH), or order in the console"}
	}
	return readSecret("standard input", a.In)
}

// readFile reads secrets from a file of the person who calls.
func (a *app) readFile(flag, path string) ([]byte, error) {
	if a.Remote {
		return nil, &usageError{flag + ": files of this host cannot be read from here", "give it on standard input"}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, usage("%s: %s", flag, err)
	}
	text, err := readSecret(path, file)
	return text, errors.Join(err, file.Close())
}

func readSecret(what string, from io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, mostSecret+1))
	if err == nil && len(text) > mostSecret {
		err = usage("%s: a secret has at most %d bytes", what, mostSecret)
	}
	if err != nil {
		seal.Wipe(text)
		return nil, fmt.Errorf("read a secret: %w", err)
	}
	return text, nil
}

// wipeAll overwrites secrets.
func wipeAll(secrets map[string][]byte) {
	for _, text := range secrets {
		seal.Wipe(text)
	}
}
