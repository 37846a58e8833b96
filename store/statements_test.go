package store

import (
	"database/sql"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is the package's code without its tests, with the value of every
// string constant.
type source struct {
	fset   *token.FileSet
	files  map[string]*ast.File
	consts map[string]string
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{fset: token.NewFileSet(), files: map[string]*ast.File{}, consts: map[string]string{}}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if s.files[name], err = parser.ParseFile(s.fset, name, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	// Constants may be made of constants: go round until nothing new is found.
	for found := -1; found != len(s.consts); {
		found = len(s.consts)
		for _, f := range s.files {
			ast.Inspect(f, func(n ast.Node) bool {
				spec, ok := n.(*ast.ValueSpec)
				if !ok || len(spec.Values) != len(spec.Names) {
					return true
				}
				for i, name := range spec.Names {
					if v, ok := s.constant(spec.Values[i]); ok {
						s.consts[name.Name] = v
					}
				}
				return true
			})
		}
	}
	return s
}

// constant returns the value of an expression made of string constants.
func (s source) constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		v, err := strconv.Unquote(e.Value)
		return v, err == nil
	case *ast.Ident:
		v, ok := s.consts[e.Name]
		return v, ok
	case *ast.BinaryExpr:
		x, ok1 := s.constant(e.X)
		y, ok2 := s.constant(e.Y)
		return x + y, ok1 && ok2 && e.Op == token.ADD
	}
	return "", false
}

var (
	verb      = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s`)
	parameter = regexp.MustCompile(`\$(\d+)`)
)

// sqliteOnly is what PostgreSQL does not know, or knows otherwise.
func sqliteOnly() *regexp.Regexp {
	return regexp.MustCompile(`(?i)INSERT OR |REPLACE INTO|ifnull\(|\browid\b|\bGLOB\b|strftime|datetime\(|last_insert|LIMIT -|INDEXED BY|\bjson_|typeof\(`)
}

// statements calls each for every statement that is written whole, and fragment
// for every part of one that the builder puts together.
func (s source) statements(statement, fragment func(pos token.Position, text string)) {
	for _, f := range s.files {
		parts := map[ast.Expr]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				return n.Tok != token.CONST // seen where it is used
			case *ast.CallExpr:
				name := ""
				switch fun := n.Fun.(type) {
				case *ast.Ident:
					name = fun.Name
				case *ast.SelectorExpr:
					name = fun.Sel.Name
				}
				if slices.Contains([]string{"add", "where", "addIn", "whereIn", "valueLegs", "requestLegs"}, name) {
					for _, arg := range n.Args {
						markParts(parts, arg)
					}
				}
			case ast.Expr:
				text, ok := s.constant(n)
				if !ok {
					return true
				}
				if parts[n] {
					fragment(s.fset.Position(n.Pos()), text)
				} else if verb.MatchString(text) {
					statement(s.fset.Position(n.Pos()), text)
				}
				return false
			}
			return true
		})
	}
}

// markParts marks an argument, and what it is put together from.
func markParts(parts map[ast.Expr]bool, e ast.Expr) {
	parts[e] = true
	if sum, ok := e.(*ast.BinaryExpr); ok {
		markParts(parts, sum.X)
		markParts(parts, sum.Y)
	}
}

func TestParametersAreNumberedInOrderOfFirstAppearance(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	count := 0
	s.statements(func(pos token.Position, text string) {
		count++
		next := 1
		for _, m := range parameter.FindAllStringSubmatch(text, -1) {
			n, err := strconv.Atoi(m[1])
			if err != nil || n > next {
				t.Errorf("%s: $%s where $%d is next", pos, m[1], next)
			}
			if n == next {
				next++
			}
		}
		if strings.Contains(text, "?") {
			t.Errorf("%s: parameters are written $n", pos)
		}
	}, func(pos token.Position, text string) {
		if strings.Contains(text, "$") {
			t.Errorf("%s: the builder numbers parameters; a fragment marks them with ?", pos)
		}
	})
	if count < 80 {
		t.Errorf("only %d statements were found; the test no longer sees them", count)
	}
}

func TestStatementsAreTheSameForBothEngines(t *testing.T) {
	t.Parallel()
	s, banned, matches := readSource(t), sqliteOnly(), 0
	check := func(pos token.Position, text string) {
		if bad := banned.FindString(text); bad != "" {
			t.Errorf("%s: %q is SQLite's alone", pos, bad)
		}
		matches += strings.Count(text, " MATCH ")
	}
	s.statements(check, check)
	// The word search is what the engines do differently: these fragments.
	if matches != 4 {
		t.Errorf("%d uses of MATCH, want the 4 that are known to differ", matches)
	}
}

func TestEveryStatementIsUnderstood(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	db, _ := open(t)
	live, err := db.live.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.statements(func(pos token.Position, text string) {
		var errs []error
		for _, pool := range []*sql.DB{db.queue.readers, db.log.readers, live.readers} {
			stmt, err := pool.Prepare(text)
			if err == nil {
				stmt.Close()
				return
			}
			errs = append(errs, err)
		}
		t.Errorf("%s: %v\n%s", pos, errs, text)
	}, func(token.Position, string) {})
}

// TestNoStatementReadsAWholeTable looks at the plan of every statement that is
// written whole. What it may scan is small by nature, or walked by its key from
// an end. Inserts are left out: their plans name the tables that refer to theirs,
// which are read only while a violated reference is outstanding.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	db, _ := open(t)
	live, err := db.live.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fromAnEnd := regexp.MustCompile(`ORDER BY (seq DESC|id) LIMIT|min\(id\)|FROM sqlite_master`)
	small := regexp.MustCompile(`^SCAN (p|g|m|component|line_part|person|w|heartbeat|lookup|CONSTANT ROW|\(subquery-\d+\))\b`)
	s.statements(func(pos token.Position, text string) {
		if strings.HasPrefix(text, "INSERT") || fromAnEnd.MatchString(text) {
			return
		}
		for _, f := range []*file{db.queue, db.log, live} {
			err := f.read(t.Context(), db.opt.Now, func(tx *Tx) error {
				args := make([]any, strings.Count(text, "$"))
				return tx.s.query(t.Context(), "EXPLAIN QUERY PLAN "+text, args, func(r row) error {
					step, _ := r[3].(string)
					if strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "INDEX") && !small.MatchString(step) {
						t.Errorf("%s: %s\n%s", pos, step, text)
					}
					return nil
				})
			})
			if err == nil {
				return
			}
		}
	}, func(token.Position, string) {})
}
