import Foundation
import Mustache
import Reporting

/// The templates of the page, compiled into the program.
enum PageTemplates {
  /// HTML of an object by a template of this name. What comes from outside is escaped: only `main`, which is HTML already, is not.
  static func render(_ object: Any, _ name: String) throws -> String {
    guard let text = try library.get().render(object, withTemplate: name) else {
      preconditionFailure("there is no template \(name)")
    }
    return text
  }

  private static let library = Result { () throws -> MustacheLibrary in
    // The pragma is resolved when a template is parsed, so the type is registered first.
    MustacheContentTypes.register(HTMLEscaping(), named: "ESCAPED_HTML")
    var library = MustacheLibrary()
    for (name, text) in texts { try library.register("{{% CONTENT_TYPE: ESCAPED_HTML}}" + text, named: name) }
    return library
  }

  private static let texts = [
    "layout": layout, "signIn": signIn, "sentence": sentence, "overview": overview, "study": study,
    "cases": cases,
    "task": task, "list": list, "sites": sites, "confirmation": confirmation, "table": table, "card": card,
    "acts": acts,
  ]

  private static let layout = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{{title}} – Trabecula</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/page.css">
    {{#isLive}}<noscript><meta http-equiv="refresh" content="15"></noscript>
    <script src="/page.js" defer></script>{{/isLive}}
    </head>
    <body>
    <a class="skip" href="#main">To the content</a>
    <header>
    <a class="brand" href="/">Trabecula</a>
    {{#login}}<nav aria-label="Pages">{{#places}}<a href="{{href}}"{{#isHere}} aria-current="page"{{/isHere}}>{{title}}</a>{{/places}}</nav>
    <form method="post" action="/sign-out"><input type="hidden" name="token" value="{{token}}">
    <span class="login">{{login}}</span> <button type="submit" class="quiet">Sign out</button></form>{{/login}}
    </header>
    {{#news}}<p class="news" role="status">{{news}}</p>{{/news}}
    <main id="main" tabindex="-1"{{#isLive}} data-live{{/isLive}}>{{{main}}}</main>
    <footer>{{#isLive}}<span id="told">This page renews itself.</span>{{/isLive}}</footer>
    </body>
    </html>
    """

  private static let signIn = """
    <div class="narrow">
    <h1>Sign in</h1>
    {{#sentence}}<p class="refused" role="alert">{{sentence}}</p>{{/sentence}}
    <form method="post" action="/sign-in" class="fields">
    <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="next" value="{{next}}">
    <label for="login">Login of PostgreSQL</label>
    <input id="login" name="login" value="{{login}}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="63">
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required>
    <button type="submit">Sign in</button>
    </form>
    <p class="about">Everything you see and do here is seen and done by your login, with its role and its sites.</p>
    </div>
    """

  private static let sentence = """
    <div class="narrow">
    <h1>{{title}}</h1>
    <p>{{sentence}}</p>
    {{#back}}<p><a class="act" href="{{back}}">Go on</a></p>{{/back}}
    </div>
    """

  private static let acts = """
    {{#hasActs}}<p class="acts">{{#acts}}<a class="act" href="{{href}}">{{text}}</a>{{/acts}}</p>{{/hasActs}}
    """

  private static let card = """
    <ul class="stages">{{#stages}}<li>
    <span class="kind">{{kind}}</span>
    <progress max="100" value="{{percent}}" aria-label="{{kind}}"{{#hasFailed}} class="some"{{/hasFailed}}></progress>
    <span class="percent">{{percent}} %</span>
    <span class="says">{{sentence}}</span>
    </li>{{/stages}}</ul>
    """

  private static let table = """
    <section>
    {{#caption}}<h2>{{caption}}</h2>{{/caption}}
    {{^hasRows}}<p class="about">{{empty}}</p>{{/hasRows}}
    {{#hasRows}}<div class="scroll"><table>
    <thead><tr>{{#heads}}<th scope="col"{{#isNumber}} class="number"{{/isNumber}}>{{label}}</th>{{/heads}}</tr></thead>
    <tbody>{{#rows}}<tr>{{#cells}}<td data-label="{{label}}"{{#isNumber}} class="number"{{/isNumber}}>\
    {{#isCode}}<code>{{text}}</code>{{/isCode}}{{^isCode}}\
    {{#href}}<a href="{{href}}">{{/href}}{{#tone}}<span class="badge {{tone}}">{{/tone}}{{text}}{{#tone}}</span>{{/tone}}{{#href}}</a>{{/href}}\
    {{/isCode}}{{#links}}<a class="act small" href="{{href}}">{{text}}</a> {{/links}}</td>{{/cells}}</tr>{{/rows}}</tbody>
    </table></div>{{/hasRows}}
    </section>
    """

  private static let overview = """
    <h1>Studies</h1>
    {{^hasStudies}}<p class="about">No study has been submitted{{^isFirst}} before these{{/isFirst}}.</p>{{/hasStudies}}
    <div class="cards">{{#studies}}<article>
    <h2><a href="{{href}}">{{name}}</a> <span class="number-of">study {{job}}</span> <span class="badge {{tone}}">{{state}}</span></h2>
    {{>card}}
    </article>{{/studies}}</div>
    {{#older}}<p><a class="act" href="{{older}}">Older studies</a></p>{{/older}}
    {{#stuck}}{{>table}}{{/stuck}}
    {{#sites}}{{>table}}{{/sites}}
    """

  private static let study = """
    {{#study}}<h1>{{name}} <span class="number-of">study {{job}}</span> <span class="badge {{tone}}">{{state}}</span></h1>
    {{>card}}{{/study}}
    <dl class="facts">{{#facts}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>{{/facts}}</dl>
    {{>acts}}
    {{#noReport}}<p class="refused">{{noReport}}</p>{{/noReport}}
    {{#hasResults}}<section><h2>What came of it</h2><p class="acts">{{#results}}<a class="act" href="{{href}}">{{text}}</a>{{/results}}</p></section>{{/hasResults}}
    {{#failures}}{{>table}}{{/failures}}
    {{#cases}}<p><a class="act" href="{{cases}}">All cases</a></p>{{/cases}}
    {{#stuck}}{{>table}}{{/stuck}}
    """

  private static let cases = """
    <p class="path"><a href="/study/{{job}}">Study {{job}}</a></p>
    <h1>Cases</h1>
    <form method="get" action="/study/{{job}}/cases" class="filter">
    <label>State <select name="state">{{#states}}<option value="{{value}}"{{#isChosen}} selected{{/isChosen}}>{{value}}</option>{{/states}}</select></label>
    <label>Cause <input name="code" value="{{code}}" autocapitalize="none" spellcheck="false"></label>
    <label>Site <input name="site" value="{{site}}" spellcheck="false"></label>
    <button type="submit" class="quiet">Show</button>
    </form>
    {{>acts}}
    {{#cases}}{{>table}}{{/cases}}
    {{#next}}<p><a class="act" href="{{next}}">Further cases</a></p>{{/next}}
    """

  private static let task = """
    <p class="path"><a href="/study/{{job}}">Study {{job}}</a></p>
    <h1>Task {{task}} <span class="number-of">{{kind}}, site {{site}}</span></h1>
    {{>acts}}
    {{#isHidden}}<p class="about">Attempts are shown to operators.</p>{{/isHidden}}
    {{#hasEvents}}<ol class="timeline">{{#events}}<li>
    <span class="badge {{tone}}">{{what}}</span> <time>{{instant}}</time> <span class="who">{{worker}} {{took}}</span>
    {{#text}}<p><strong>{{code}}</strong> {{text}}</p>{{/text}}{{#remedy}}<p class="about">{{remedy}}</p>{{/remedy}}
    </li>{{/events}}</ol>{{/hasEvents}}
    {{#showsCases}}{{#cases}}{{>table}}{{/cases}}{{/showsCases}}
    """

  private static let list = """
    <h1>{{title}}</h1>
    <p class="about">{{about}}</p>
    {{#table}}{{>table}}{{/table}}
    {{#next}}<p><a class="act" href="{{next}}">Older</a></p>{{/next}}
    """

  private static let sites = """
    <h1>Sites</h1>
    {{#sites}}{{>table}}{{/sites}}
    """

  private static let confirmation = """
    <div class="narrow">
    <h1>{{question}}</h1>
    <p>{{consequence}}</p>
    <form method="post" action="/act" class="fields">
    <input type="hidden" name="token" value="{{token}}">{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">{{/hidden}}
    {{#needsReason}}<label for="reason">Reason, printed in the report: name nobody</label>
    <textarea id="reason" name="reason" rows="3" maxlength="1000" required></textarea>
    <label class="choice"><input type="checkbox" name="reopen" value="1"> Where the study has succeeded: withdraw its report, and compute it anew</label>{{/needsReason}}
    {{#needsPriority}}<label for="priority">Priority</label>
    <input id="priority" name="priority" type="number" step="1" value="0" required>{{/needsPriority}}
    <div class="acts"><button type="submit"{{#isGrave}} class="grave"{{/isGrave}}>{{label}}</button> <a class="act" href="{{back}}">Leave it</a></div>
    </form>
    </div>
    """
}
