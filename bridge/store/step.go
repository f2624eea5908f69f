package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"knapp/bridge"
)

// errClosed is returned for what is asked of a store after Close.
var errClosed = errors.New("store: the database is closed")

// errStepOver is returned when a step's Tx is used after the step.
var errStepOver = errors.New("store: the step is over")

// writer is the one connection that writes, with its prepared statements. It belongs to the holder of the turn.
type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// stmt prepares a statement the first time that it is used. A statement outlives the step that used it first, so
// no step's context may end it.
func (w *writer) stmt(query string) (*sql.Stmt, error) {
	if stmt := w.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	w.stmts[query] = stmt
	return stmt, nil
}

func (w *writer) exec(query string, args ...any) (sql.Result, error) {
	stmt, err := w.stmt(query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

func (w *writer) close() error {
	var errs []error
	for _, stmt := range w.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// Do runs a step in a transaction and returns nil after it was committed. The context counts until the step
// begins: from there on it runs to its end, so that nobody is left in doubt about it.
func (s *Store) Do(ctx context.Context, step func(bridge.Tx) error) error {
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.give()
	if _, err := s.writer.exec("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("store: begin: %w", explain(err))
	}
	t := &tx{store: s, writer: s.writer}
	committed := false
	defer func() {
		t.over = true
		if !committed {
			s.rollback()
		}
	}()
	by := s.clock.news(s.now())
	if by != 0 {
		if err := t.moveClock(by); err != nil {
			return err
		}
	}
	if err := step(t); err != nil {
		return err
	}
	// A step that passed over an error of the database must not be committed by half.
	if t.failed != nil {
		return t.failed
	}
	if _, err := s.writer.exec("COMMIT"); err != nil {
		return fmt.Errorf("store: commit: %w", explain(err))
	}
	committed = true
	s.clock.jumped += by
	if t.directory != nil {
		s.directory.Store(t.directory)
	}
	return nil
}

// take waits for the turn to use the writer.
func (s *Store) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case _, open := <-s.turn:
		if !open {
			return errClosed
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) give() { s.turn <- struct{}{} }

// rollback ends a transaction. SQLite has ended it already after some errors (a full disk is one), and says so.
func (s *Store) rollback() {
	if _, err := s.writer.exec("ROLLBACK"); err != nil {
		s.log.Debug("nothing was left to roll back", "err", err)
	}
}

// tx is the Tx of one step. It belongs to the step's goroutine.
type tx struct {
	store     *Store
	writer    *writer
	over      bool
	failed    error                    // the first error of the database: the step cannot be committed any more
	directory *bridge.Directory        // as this step changed it; nil when it did not
	rounds    map[bridge.PartKey]int64 // the round that AddPart put a part into
}

var _ bridge.Tx = (*tx)(nil)

func (t *tx) usable() error {
	if t.over {
		return errStepOver
	}
	return t.failed
}

// fail remembers an error of the database and words it.
func (t *tx) fail(op string, err error) error {
	t.failed = fmt.Errorf("store: %s: %w", op, explain(err))
	return t.failed
}

// exec runs a statement and returns how many rows it touched.
func (t *tx) exec(op, query string, args ...any) (int64, error) {
	result, err := t.result(op, query, args)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, t.fail(op, err)
	}
	return n, nil
}

// insert runs a statement and returns the id of the row that it made.
func (t *tx) insert(op, query string, args ...any) (int64, error) {
	result, err := t.result(op, query, args)
	if err != nil {
		return 0, err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return 0, t.fail(op, err)
	}
	return id, nil
}

func (t *tx) result(op, query string, args []any) (sql.Result, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	result, err := t.writer.exec(query, args...)
	if err != nil {
		return nil, t.fail(op, err)
	}
	return result, nil
}

// row reads at most one row and tells whether there was one.
func (t *tx) row(op, query string, args []any, into ...any) (bool, error) {
	if err := t.usable(); err != nil {
		return false, err
	}
	stmt, err := t.writer.stmt(query)
	if err != nil {
		return false, t.fail(op, err)
	}
	err = stmt.QueryRowContext(context.Background(), args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, t.fail(op, err)
	}
	return true, nil
}

// each reads all rows of a query. read must not use the Tx.
func (t *tx) each(op, query string, args []any, read func(scan scanner) error) error {
	if err := t.usable(); err != nil {
		return err
	}
	stmt, err := t.writer.stmt(query)
	if err != nil {
		return t.fail(op, err)
	}
	rows, err := stmt.QueryContext(context.Background(), args...)
	if err != nil {
		return t.fail(op, err)
	}
	if err := walk(rows, read); err != nil {
		return t.fail(op, err)
	}
	return nil
}

// scanner reads the columns of one row.
type scanner func(into ...any) error

// eachFunc reads all rows of a query: inside a step or outside of one.
type eachFunc func(op, query string, args []any, read func(scan scanner) error) error

func walk(rows *sql.Rows, read func(scan scanner) error) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// stamp writes a time as the database keeps it: microseconds since 1970, NULL for the zero time.
func stamp(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UnixMicro()
}

// moment reads what stamp wrote, in UTC.
func moment(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return time.UnixMicro(micros.Int64).UTC()
}

// orNull writes what is missing as NULL.
func orNull[T comparable](value T) any {
	var none T
	if value == none {
		return nil
	}
	return value
}
