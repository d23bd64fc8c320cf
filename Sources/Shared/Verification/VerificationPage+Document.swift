extension VerificationPage {
  static let document = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="generator" content="Trabecula" />
    <title>Verification of Trabecula: {{verdict}}</title>
    <style>
    {{{style}}}
    </style>
    </head>
    <body>
    <header>
    <p class="kind">Installation qualification, written by <code>worker verify</code></p>
    <h1>Verification of Trabecula</h1>
    </header>
    <main>
    <p class="{{verdictStyle}}"><span class="status">{{verdict}}</span></p>
    <p>{{summary}}</p>
    <dl class="facts">
    {{#facts}}
    <div><dt>{{name}}</dt><dd>{{value}}</dd></div>
    {{/facts}}
    </dl>
    {{^empty(failures)}}
    <section class="warnings" aria-labelledby="failed">
    <h3 id="failed">Failed</h3>
    <ul>
    {{#failures}}
    <li>{{.}}</li>
    {{/failures}}
    </ul>
    </section>
    {{/empty(failures)}}
    <h2>Counts</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Counts"><table>
    <caption>What was looked at. By tolerance alone: of those met, how many lie within the initiative’s tolerance without regard to \
    the digits of its value. Listed: without an agreed value, so that they cannot fail.</caption>
    <thead><tr><th scope="col">Part</th><th scope="col">Checked</th><th scope="col">Met</th><th scope="col">By tolerance alone</th>\
    <th scope="col">Failed</th><th scope="col">Listed</th></tr></thead>
    <tbody>
    {{#counts}}
    <tr class="{{style}}"><th scope="row">{{title}}</th><td>{{checked}}</td><td>{{met}}</td><td>{{byTolerance}}</td><td>{{failed}}</td>\
    <td>{{listed}}</td></tr>
    {{/counts}}
    </tbody>
    </table></div>
    <h2>Not looked at</h2>
    {{#empty(absences)}}
    <p>Nothing: the program and the folder of reference data have everything.</p>
    {{/empty(absences)}}
    {{^empty(absences)}}
    <dl class="facts">
    {{#absences}}
    <div><dt>{{name}}</dt><dd>{{value}}</dd></div>
    {{/absences}}
    </dl>
    {{/empty(absences)}}
    <h2>How it was judged</h2>
    <p>A value of IBSI-1 is met within the tolerance of the Image Biomarker Standardisation Initiative or, where that is smaller, by \
    what rounds to the three digits of its value; one of IBSI-2 within the tolerance alone. A response map is met where every voxel \
    lies within 1 % of the range of the initiative’s. Known bits are met where the SHA-256 over the names and the exact bits of all \
    features of an image is the one that the program carries. What the initiative publishes no value for is listed, and cannot fail.</p>
    <p>Reference values and digital phantom: Image Biomarker Standardisation Initiative, theibsi/data_sets (CC BY 4.0) and \
    theibsi/ibsi_2_reference_data (CC0); Zwanenburg et al, Radiology 295(2), 2020, 10.1148/radiol.2020191145; Whybra et al, \
    Radiology 310(2), 2024, 10.1148/radiol.231319.</p>
    <h2>Values</h2>
    {{#parts}}
    <h3>{{title}}</h3>
    <p>{{about}}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="{{title}}"><table>
    <caption>{{title}}</caption>
    <thead><tr>
    {{#isOfValues}}
    <th scope="col">Feature</th><th scope="col" class="name">IBSI</th><th scope="col" class="name">Consensus</th>\
    <th scope="col">Reference</th><th scope="col">Tolerance</th><th scope="col">Computed</th><th scope="col">Outcome</th>
    {{/isOfValues}}
    {{#isOfMaps}}
    <th scope="col">Map</th><th scope="col" class="name">Parameter file</th><th scope="col">Allowed, % of range</th>\
    <th scope="col">Largest difference, % of range</th><th scope="col">Outcome</th>
    {{/isOfMaps}}
    {{#isOfBits}}
    <th scope="col">Image</th><th scope="col">Features</th><th scope="col" class="name">Known SHA-256</th>\
    <th scope="col" class="name">Computed SHA-256</th><th scope="col">Outcome</th>
    {{/isOfBits}}
    </tr></thead>
    <tbody>
    {{#rows}}
    {{#isOfValues}}
    <tr class="{{style}}"><th scope="row">{{name}}</th><td class="name">{{code}}</td><td class="name">{{consensus}}</td>\
    <td>{{reference}}</td><td>{{tolerance}}</td><td>{{found}}</td><td>{{outcome}}</td></tr>
    {{/isOfValues}}
    {{#isOfMaps}}
    <tr class="{{style}}"><th scope="row">{{name}}</th><td class="name">{{code}}</td><td>{{tolerance}}</td><td>{{found}}</td>\
    <td>{{outcome}}</td></tr>
    {{/isOfMaps}}
    {{#isOfBits}}
    <tr class="{{style}}"><th scope="row">{{name}}</th><td>{{code}}</td><td class="name code">{{reference}}</td>\
    <td class="name code">{{found}}</td><td>{{outcome}}</td></tr>
    {{/isOfBits}}
    {{/rows}}
    </tbody>
    </table></div>
    {{/parts}}
    {{^empty(files)}}
    <h2>Files of the reference data</h2>
    <dl class="facts">
    {{#files}}
    <div><dt>{{name}}</dt><dd class="code">{{value}}</dd></div>
    {{/files}}
    </dl>
    {{/empty(files)}}
    </main>
    </body>
    </html>

    """
}
